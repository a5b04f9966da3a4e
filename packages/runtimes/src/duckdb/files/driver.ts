import type { DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { QueryRequest, QueryStatement, QueryValue } from '../../runtime.ts'
import type {
  Connection,
  Driver,
  ErrorFacts,
  LoadPackage,
  RowSet,
  RunContext,
} from '../../shared/query-helper/driver.ts'
import { bytesOf, doubleOf, jsonOf, numberOf, timestampOf, toBytes } from '../../shared/query-helper/values.ts'

type DuckDb = typeof import('@duckdb/node-api')

/** Of the memory of the box; the rest is for Node and the result. */
const MEMORY_SHARE = 0.6
const MB = 1_048_576

/** What the helper does before its job is there. */
const REHEARSAL: QueryRequest = {
  connection: {},
  statements: [{ text: 'SELECT $1 AS text', values: [{ name: 'text', type: 'text', value: 'a' }], line: 1 }],
  collection: { statements: 'last', rows: 'all', isScalar: false },
}

/** DuckDB in the helper itself: a database in memory, gone with its job. */
export function openDriver(load: LoadPackage): Driver {
  const duckdb = load<DuckDb>('@duckdb/node-api')
  let count = 0
  let ahead: Promise<Connection> | undefined
  return {
    rehearsal: REHEARSAL,
    async connect() {
      const connection = await (ahead ?? open(duckdb))
      // That of the job is made when the rehearsal has its own; there is no third one.
      ahead = (count += 1) === 1 ? open(duckdb) : undefined
      ahead?.catch(() => undefined)
      return connection
    },
    describe,
  }
}

async function open(duckdb: DuckDb): Promise<Connection> {
  const memoryMb = Math.floor((process.constrainedMemory() * MEMORY_SHARE) / MB)
  const instance = await duckdb.DuckDBInstance.create(':memory:', {
    // Without a bound it takes a share of the machine's memory, of which the box has only a part.
    ...(memoryMb > 0 && memoryMb < 1_000_000 && { memory_limit: `${memoryMb}MB` }),
    temp_directory: '/tmp/duckdb',
    home_directory: '/tmp',
  })
  const connection = await instance.connect()
  // A database makes much of itself at its first statement.
  await connection.run('SELECT 1')
  return new DuckDbConnection(duckdb, instance, connection)
}

class DuckDbConnection implements Connection {
  readonly #duckdb: DuckDb
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #isBroken = false

  constructor(duckdb: DuckDb, instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#duckdb = duckdb
    this.#instance = instance
    this.#connection = connection
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async run({ text, values }: QueryStatement, { rowsMax }: RunContext): Promise<readonly RowSet[]> {
    const wires = values.map((value) => toWire(value, this.#duckdb))
    const reader = await this.#connection.streamAndReadUntil(
      text,
      rowsMax + 1,
      wires.map(({ value }) => value),
      wires.map(({ type }) => type),
    )
    // Else it has the count of rows that an INSERT changed.
    if (reader.statementType !== this.#duckdb.StatementType.SELECT && reader.rowsChanged > 0)
      return [{ columns: [], rows: [], isCapped: false }]
    const columns = reader.columnNames()
    const types = reader.columnTypes()
    const rows = reader
      .getRows()
      .slice(0, rowsMax)
      .map((row) => row.map((value, index) => toJson(value, types[index], this.#duckdb)))
    return [{ columns, rows, isCapped: reader.currentRowCount > rowsMax }]
  }

  async cancel(): Promise<void> {
    this.#connection.interrupt()
    await Promise.resolve()
  }

  /** Its tables would stay. */
  async reset(): Promise<boolean> {
    return await Promise.resolve(false)
  }

  async close(): Promise<void> {
    this.#isBroken = true
    this.#connection.interrupt()
    this.#connection.disconnectSync()
    this.#instance.closeSync()
    await Promise.resolve()
  }
}

interface Wire {
  readonly value: DuckDBValue
  readonly type: DuckDBType
}

/** Structures go as their JSON, which a cast reads. */
function toWire(
  { type, value }: QueryValue,
  { BIGINT, BLOB, BOOLEAN, DOUBLE, SQLNULL, VARCHAR, blobValue }: DuckDb,
): Wire {
  if (value === null || value === undefined) return { value: null, type: SQLNULL }
  if (type === 'blob' || type === 'bytea' || type === 'varbinary')
    return { value: blobValue(toBytes(value)), type: BLOB }
  if (typeof value === 'boolean') return { value, type: BOOLEAN }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { value: BigInt(value), type: BIGINT } : { value, type: DOUBLE }
  return { value: typeof value === 'string' ? value : JSON.stringify(value), type: VARCHAR }
}

function toJson(value: DuckDBValue, type: DuckDBType | undefined, duckdb: DuckDb): unknown {
  if (typeof value === 'bigint') return numberOf(value.toString())
  if (typeof value === 'number') return doubleOf(value)
  if (typeof value === 'string') return type?.alias === 'JSON' ? jsonOf(value) : value
  if (typeof value !== 'object' || value === null) return value
  const inner = (each: DuckDBValue, of?: DuckDBType) => toJson(each, of, duckdb)
  if (value instanceof duckdb.DuckDBDecimalValue) return numberOf(value.toString())
  if (value instanceof duckdb.DuckDBBlobValue) return bytesOf(value.bytes)
  if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
    const of = type && 'valueType' in type ? type.valueType : undefined
    return value.items.map((item) => inner(item, of))
  }
  if (value instanceof duckdb.DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, entry]) => [name, inner(entry)]))
  if (value instanceof duckdb.DuckDBMapValue)
    return value.entries.map((entry) => ({ key: inner(entry.key), value: inner(entry.value) }))
  if (value instanceof duckdb.DuckDBUnionValue) return inner(value.value)
  return timestampOf(String(value))
}

/** It shows the line and puts a caret below the place. */
function describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  const message = error instanceof Error ? error.message : ''
  const line = /^LINE (\d+):/m.exec(message)?.[1]
  const kind = /^([A-Z][A-Za-z ]*) Error:/.exec(message)?.[1]
  return {
    code: kind,
    line: line === undefined || !statement ? undefined : statement.line + Number(line) - 1,
  }
}
