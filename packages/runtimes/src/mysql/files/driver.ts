import type { Connection as MysqlClient, ConnectionOptions, FieldPacket, TypeCastField } from 'mysql2'
import type { QueryStatement, QueryValue } from '../../runtime.ts'
import type {
  Connection,
  Driver,
  ErrorFacts,
  LoadPackage,
  RowSet,
  RunContext,
} from '../../shared/query-helper/driver.ts'
import {
  bytesOf,
  doubleOf,
  jsonOf,
  numberOf,
  requireText,
  textOf,
  timestampOf,
  toBytes,
} from '../../shared/query-helper/values.ts'

type Mysql = typeof import('mysql2')

/** The server itself gives no more rows of a SELECT without LIMIT. */
const SESSION = 'SET SESSION sql_select_limit = 10001'
const CANCEL_MS_MAX = 5000

/** MySQL and MariaDB by `mysql2`. */
export function openDriver(load: LoadPackage): Driver {
  const mysql = load<Mysql>('mysql2')
  return {
    async connect(resource, signal) {
      const config = toConfig(resource)
      const client = mysql.createConnection(config)
      const connection = new MysqlConnection(mysql, client, config)
      try {
        await connection.open(signal)
        return connection
      } catch (error) {
        void connection.close()
        throw error
      }
    },
    describe,
  }
}

/** The fields of a resource `mysql`. */
function toConfig(resource: Readonly<Record<string, unknown>>): ConnectionOptions {
  const ca = textOf(resource, 'root_certificate_pem')
  const isSecure =
    ca !== undefined || ['true', 'required', 'require'].includes(textOf(resource, 'ssl', 'sslmode') ?? '')
  return {
    host: requireText(resource, 'host'),
    port: Number(textOf(resource, 'port') ?? 3306),
    user: requireText(resource, 'user', 'username'),
    password: textOf(resource, 'password') ?? '',
    ...(textOf(resource, 'database') !== undefined && { database: textOf(resource, 'database') ?? '' }),
    ...(isSecure && { ssl: ca === undefined ? { rejectUnauthorized: false } : { ca } }),
    dateStrings: true,
    supportBigNumbers: true,
    typeCast: readField,
    // A server may not read files of ours.
    flags: ['-LOCAL_FILES'],
  }
}

class MysqlConnection implements Connection {
  readonly #mysql: Mysql
  readonly #client: MysqlClient
  readonly #config: ConnectionOptions
  #isBroken = false
  #onBroken: (error: Error) => void = () => undefined

  constructor(mysql: Mysql, client: MysqlClient, config: ConnectionOptions) {
    this.#mysql = mysql
    this.#client = client
    this.#config = config
    client.on('error', (error) => this.#breakWith(error))
    client.on('end', () => this.#breakWith(new Error('the server closed the connection')))
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async open(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#onBroken = reject
      const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      this.#client.connect((error) => (error ? reject(error) : resolve()))
    })
    await this.#send(SESSION)
  }

  async run(statement: QueryStatement, { rowsMax }: RunContext): Promise<readonly RowSet[]> {
    return await new Promise((resolve, reject) => {
      this.#onBroken = reject
      const sets: Gathered[] = []
      const values = statement.values.map(toWire)
      const options = { sql: statement.text, rowsAsArray: true, typeCast: readField }
      // Without values as text, for not every statement can be prepared.
      const query = values.length > 0 ? this.#client.execute(options, values) : this.#client.query(options)
      query.on('fields', (fields: readonly FieldPacket[] | undefined) => {
        if (fields) sets.push({ columns: fields.map(({ name }) => name), rows: [], isCapped: false })
      })
      query.on('result', (row: unknown) => {
        const set = sets.at(-1)
        if (!set || !Array.isArray(row)) return
        if (set.rows.length < rowsMax) set.rows.push(row)
        else set.isCapped = true
      })
      query.on('error', reject)
      query.on('end', () => resolve(sets.length > 0 ? sets : [{ columns: [], rows: [], isCapped: false }]))
    })
  }

  async cancel(): Promise<void> {
    const { threadId } = this.#client
    if (this.#isBroken || threadId === null) return
    const killer = this.#mysql.createConnection({ ...this.#config, connectTimeout: CANCEL_MS_MAX })
    try {
      await new Promise<void>((resolve, reject) => {
        killer.on('error', reject)
        killer.query(`KILL QUERY ${Number(threadId)}`, (error) => (error ? reject(error) : resolve()))
      })
    } finally {
      killer.destroy()
    }
  }

  async reset(): Promise<boolean> {
    await new Promise<void>((resolve, reject) => {
      this.#client.changeUser({}, (error) => (error ? reject(error) : resolve()))
    })
    await this.#send(SESSION)
    return !this.#isBroken
  }

  async close(): Promise<void> {
    this.#isBroken = true
    this.#client.destroy()
    await Promise.resolve()
  }

  #breakWith(error: Error): void {
    this.#isBroken = true
    this.#onBroken(error)
  }

  #send(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.query(sql, (error) => (error ? reject(error) : resolve()))
    })
  }
}

interface Gathered {
  readonly columns: readonly string[]
  readonly rows: unknown[][]
  isCapped: boolean
}

/** A value as the server sends it, as JSON; the driver's own reading would lose digits. */
function readField(field: TypeCastField, next: () => unknown): unknown {
  // MariaDB has no type for it, but says what is in the text.
  const isJson = field.type === 'JSON' || Reflect.get(field, 'extendedFormat') === 'json'
  switch (isJson ? 'JSON' : field.type) {
    case 'LONGLONG':
    case 'NEWDECIMAL':
    case 'DECIMAL': {
      const text = field.string()
      return text === null ? null : numberOf(text)
    }
    case 'FLOAT':
    case 'DOUBLE': {
      const value = next()
      return typeof value === 'number' ? doubleOf(value) : value
    }
    case 'DATETIME':
    case 'TIMESTAMP': {
      const text = field.string()
      return text === null ? null : timestampOf(text)
    }
    case 'JSON': {
      const text = field.string('utf8')
      return text === null ? null : jsonOf(text)
    }
    case 'BIT':
      return readBits(field.buffer())
    default: {
      const value = next()
      return value instanceof Uint8Array ? bytesOf(value) : value
    }
  }
}

/** One bit is a truth, more are a number. */
function readBits(bytes: Buffer | null): unknown {
  if (bytes === null) return null
  const value = BigInt(`0x${bytes.toString('hex') || '0'}`)
  return bytes.length === 1 && value <= 1n ? value === 1n : numberOf(value.toString())
}

/** Numbers go as texts, which the server reads as the place wants them: a double would do for no LIMIT. */
function toWire({ type, value }: QueryValue): string | Buffer | number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (type === 'binary' || type === 'varbinary' || type === 'blob') return toBytes(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return type === 'datetime' || type === 'timestamp' ? text.replace('T', ' ').replace(/Z$/, '') : text
}

function describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  if (typeof error !== 'object' || error === null) return {}
  const errno: unknown = Reflect.get(error, 'errno')
  const code: unknown = Reflect.get(error, 'code')
  const state: unknown = Reflect.get(error, 'sqlState')
  const message = error instanceof Error ? error.message : ''
  const at = /at line (\d+)$/.exec(message)?.[1]
  const words = [typeof code === 'string' ? code : '', typeof errno === 'number' && errno > 0 ? String(errno) : '']
  const all = [...words, typeof state === 'string' && state !== '' ? `SQLSTATE ${state}` : ''].filter(
    (word) => word !== '',
  )
  return {
    code: all.length > 0 ? all.join(', ') : undefined,
    line: at === undefined || !statement ? undefined : statement.line + Number(at) - 1,
  }
}
