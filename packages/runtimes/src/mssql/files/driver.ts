import type { Connection as TdsClient, ConnectionConfiguration } from 'tedious'
import type { QueryStatement } from '../../runtime.ts'
import type {
  Connection,
  Driver,
  ErrorFacts,
  LoadPackage,
  RowSet,
  RunContext,
} from '../../shared/query-helper/driver.ts'
import { requireText, textOf } from '../../shared/query-helper/values.ts'
import { readExactly, toJson, type ColumnInfo, type ValueParser } from './exact-values.ts'
import { toParameter } from './parameters.ts'

type Tedious = typeof import('tedious')
type Resource = Readonly<Record<string, unknown>>

const CONNECT_MS_MAX = 30_000
const CANCEL_MS_MAX = 5000

/** SQL Server by `tedious`. */
export function openDriver(load: LoadPackage): Driver {
  const tedious = load<Tedious>('tedious')
  readExactly(load<ValueParser>('tedious/lib/value-parser'))
  return {
    async connect(resource, signal) {
      const connection = new TdsConnection(tedious, new tedious.Connection(toConfig(resource)))
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

/** The fields of a resource `ms_sql_server`. */
function toConfig(resource: Resource): ConnectionConfiguration {
  const ca = textOf(resource, 'ca_cert', 'root_certificate_pem')
  const encrypt = textOf(resource, 'encrypt') ?? 'true'
  const instance = textOf(resource, 'instance_name')
  const trusts = textOf(resource, 'trust_cert') ?? String(ca === undefined)
  return {
    server: requireText(resource, 'host', 'server'),
    authentication: authenticationOf(resource),
    options: {
      // A named instance is asked for its port.
      ...(instance === undefined ? { port: Number(textOf(resource, 'port') ?? 1433) } : { instanceName: instance }),
      ...(textOf(resource, 'dbname', 'database') !== undefined && { database: textOf(resource, 'dbname', 'database') }),
      encrypt: encrypt === 'strict' ? 'strict' : encrypt === 'true',
      trustServerCertificate: trusts === 'true',
      ...(ca !== undefined && { cryptoCredentialsDetails: { ca } }),
      connectTimeout: CONNECT_MS_MAX,
      cancelTimeout: CANCEL_MS_MAX,
      // How long a statement may take is the job's business.
      requestTimeout: 0,
      appName: 'millrace',
    },
  }
}

function authenticationOf(resource: Resource): NonNullable<ConnectionConfiguration['authentication']> {
  const aad: unknown = resource['aad_token']
  const token = typeof aad === 'object' && aad !== null ? Reflect.get(aad, 'token') : aad
  if (typeof token === 'string' && token !== '')
    return { type: 'azure-active-directory-access-token', options: { token } }
  const userName = requireText(resource, 'user', 'username')
  return { type: 'default', options: { userName, password: textOf(resource, 'password') ?? '' } }
}

class TdsConnection implements Connection {
  readonly #tedious: Tedious
  readonly #client: TdsClient
  #isBroken = false
  #onBroken: (error: Error) => void = () => undefined
  #onNotice: (text: string) => void = () => undefined

  constructor(tedious: Tedious, client: TdsClient) {
    this.#tedious = tedious
    this.#client = client
    client.on('error', (error: Error) => this.#breakWith(error))
    client.on('end', () => this.#breakWith(new Error('the server closed the connection')))
    client.on('infoMessage', ({ message }: { readonly message: string }) => this.#onNotice(message))
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
  }

  async run({ text, values }: QueryStatement, { rowsMax, onNotice }: RunContext): Promise<readonly RowSet[]> {
    this.#onNotice = onNotice
    const { Request, TYPES } = this.#tedious
    return await new Promise((resolve, reject) => {
      this.#onBroken = reject
      const sets: Gathered[] = []
      const none: Gathered = { columns: [], rows: [], isCapped: false }
      const request = new Request(text, (error) => (error ? reject(error) : resolve(sets.length > 0 ? sets : [none])))
      request.on('columnMetadata', (columns) => {
        const names = Array.isArray(columns) ? columns.map(({ colName }) => colName) : []
        sets.push({ columns: names, rows: [], isCapped: false })
      })
      request.on('row', (row: readonly { readonly value: unknown; readonly metadata: ColumnInfo }[]) => {
        const set = sets.at(-1)
        if (!set) return
        if (set.rows.length < rowsMax) set.rows.push(row.map(({ value, metadata }) => toJson(value, metadata)))
        else set.isCapped = true
      })
      for (const value of values) {
        const { type, value: given, options } = toParameter(value, TYPES)
        request.addParameter(value.name, type, given, options)
      }
      // A procedure call of the server takes the values; without any, some statements run in a batch only.
      if (values.length > 0) this.#client.execSql(request)
      else this.#client.execSqlBatch(request)
    })
  }

  /** The server then ends the batch, and says that it did. */
  async cancel(): Promise<void> {
    this.#client.cancel()
    await Promise.resolve()
  }

  async reset(): Promise<boolean> {
    this.#onNotice = () => undefined
    await new Promise<void>((resolve, reject) => {
      this.#onBroken = reject
      this.#client.reset((error) => (error ? reject(error) : resolve()))
    })
    return !this.#isBroken
  }

  async close(): Promise<void> {
    this.#isBroken = true
    this.#client.close()
    await Promise.resolve()
  }

  #breakWith(error: Error): void {
    this.#isBroken = true
    this.#onBroken(error)
  }
}

interface Gathered {
  readonly columns: readonly string[]
  readonly rows: unknown[][]
  isCapped: boolean
}

/** Lines count from the first one of the batch; in a procedure they are its own. */
function describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  if (typeof first !== 'object' || first === null) return {}
  const number: unknown = Reflect.get(first, 'number')
  const code: unknown = Reflect.get(first, 'code')
  const line: unknown = Reflect.get(first, 'lineNumber')
  const procedure: unknown = Reflect.get(first, 'procName')
  const isOurs = typeof procedure !== 'string' || procedure === ''
  return {
    code: typeof number === 'number' && number > 0 ? String(number) : wordOf(code),
    line: isOurs && typeof line === 'number' && line > 0 && statement ? statement.line + line - 1 : undefined,
    details: [...(isOurs ? [] : [`in the procedure ${procedure}, line ${String(line)}`]), ...causesOf(first)],
  }
}

/** Why there is no connection, which the driver's own words leave out. */
function causesOf(error: object): readonly string[] {
  const cause: unknown = Reflect.get(error, 'cause')
  if (!(cause instanceof Error)) return []
  const reasons = cause instanceof AggregateError ? cause.errors.map(String) : [cause.message]
  return [...reasons, ...causesOf(cause)]
}

function wordOf(code: unknown): string | undefined {
  return typeof code === 'string' ? code : undefined
}
