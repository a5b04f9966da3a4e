import { once } from 'node:events'
import { createConnection } from 'node:net'
import type { Client, ClientConfig, CustomTypesConfig, DatabaseError, QueryArrayResult } from 'pg'
import type { QueryStatement } from '../../runtime.ts'
import type {
  Connection,
  Driver,
  ErrorFacts,
  LoadPackage,
  RowSet,
  RunContext,
} from '../../shared/query-helper/driver.ts'
import { requireText, textOf, toBytes } from '../../shared/query-helper/values.ts'
import { parserOf } from './parse-values.ts'

type Pg = typeof import('pg')

/** Lets the server notice that we are gone while it works for us; one before 14 does not know it, and need not. */
const SESSION = `set client_connection_check_interval = '5s'`
const CANCEL_MS_MAX = 5000
const CANCEL_REQUEST = 80_877_102

/** PostgreSQL by `pg`. */
export function openDriver(load: LoadPackage): Driver {
  const pg = load<Pg>('pg')
  return {
    connect: (resource, signal) => connect(pg, resource, signal),
    describe,
  }
}

async function connect(pg: Pg, resource: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Connection> {
  const config = toConfig(resource)
  const client = new pg.Client(config)
  const connection = new PgConnection(pg, client, config)
  const gaveUp = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped')),
      { once: true },
    )
    if (signal.aborted) reject(new Error('stopped'))
  })
  try {
    await Promise.race([client.connect(), gaveUp])
    await connection.prepareSession()
    return connection
  } catch (error) {
    void connection.close()
    throw error
  }
}

/** The fields of a resource `postgresql`. */
function toConfig(resource: Readonly<Record<string, unknown>>): ClientConfig {
  const mode = textOf(resource, 'sslmode') ?? 'prefer'
  const ca = textOf(resource, 'root_certificate_pem')
  const port = Number(textOf(resource, 'port') ?? 5432)
  return {
    host: requireText(resource, 'host'),
    port,
    user: requireText(resource, 'user', 'username'),
    password: textOf(resource, 'password') ?? '',
    database: requireText(resource, 'dbname', 'database'),
    application_name: 'millrace',
    ssl: toSsl(mode, ca),
    keepAlive: true,
  }
}

/** As libpq reads the modes, but that `allow` and `prefer` do without: `pg` does not ask first. */
function toSsl(mode: string, ca: string | undefined): ClientConfig['ssl'] {
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return false
  const isVerified = mode === 'verify-ca' || mode === 'verify-full' || ca !== undefined
  return {
    rejectUnauthorized: isVerified,
    ...(ca !== undefined && { ca }),
    ...(mode !== 'verify-full' && isVerified && { checkServerIdentity: () => undefined }),
  }
}

class PgConnection implements Connection {
  readonly #pg: Pg
  readonly #client: Client
  readonly #config: ClientConfig
  #isBroken = false
  #onNotice: (text: string) => void = () => undefined
  /** Told with the error when the connection goes while something waits. */
  #onBroken: (error: Error) => void = () => undefined

  constructor(pg: Pg, client: Client, config: ClientConfig) {
    this.#pg = pg
    this.#client = client
    this.#config = config
    const breakWith = (error: Error) => {
      this.#isBroken = true
      this.#onBroken(error)
    }
    client.on('error', breakWith)
    client.on('end', () => breakWith(new Error('the server closed the connection')))
    client.on('notice', ({ severity, message }) => this.#onNotice(`${severity ?? 'NOTICE'}: ${message ?? ''}`))
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  async prepareSession(): Promise<void> {
    await this.#client.query(SESSION).catch(() => undefined)
  }

  async run(statement: QueryStatement, { rowsMax, onNotice }: RunContext): Promise<readonly RowSet[]> {
    this.#onNotice = onNotice
    const values = statement.values.map(({ type, value }) => toWire(type, value))
    const { result, isCapped } = await this.#query(statement.text, values, rowsMax)
    // A COPY that reads, and the like, have no columns.
    const columns = result.fields.map(({ name }) => name)
    return [{ columns, rows: result.rows.slice(0, rowsMax), isCapped }]
  }

  /** A second connection carries the wish; the server then ends the statement with SQLSTATE 57014. */
  async cancel(): Promise<void> {
    const { processID, secretKey } = this.#client as Client & { processID?: number; secretKey?: number | Uint8Array }
    if (this.#isBroken || typeof processID !== 'number') return
    const secret = typeof secretKey === 'number' ? int32(secretKey) : Buffer.from(secretKey ?? [])
    const body = Buffer.concat([int32(CANCEL_REQUEST), int32(processID), secret])
    const { host = '', port } = this.#config
    const socket = host.startsWith('/')
      ? createConnection(`${host}/.s.PGSQL.${port}`)
      : createConnection({ host, port: Number(port) })
    socket.setTimeout(CANCEL_MS_MAX, () => socket.destroy(new Error('the server did not take the cancel')))
    socket.end(Buffer.concat([int32(body.length + 4), body]))
    socket.resume()
    await once(socket, 'close')
  }

  async reset(): Promise<boolean> {
    this.#onNotice = () => undefined
    await this.#client.query('rollback')
    await this.#client.query('discard all')
    await this.prepareSession()
    return !this.#isBroken
  }

  async close(): Promise<void> {
    this.#isBroken = true
    const { stream } = (this.#client as Client & { connection: { stream: { destroy(): void } } }).connection
    stream.destroy()
    await Promise.resolve()
  }

  /** Asks for one row more than wanted, and for no more when there is one. */
  #query(
    text: string,
    values: readonly unknown[],
    rowsMax: number,
  ): Promise<{ readonly result: QueryArrayResult; readonly isCapped: boolean }> {
    return new Promise((resolve, reject) => {
      this.#onBroken = reject
      let isCapped = false
      const { Query } = this.#pg as unknown as { readonly Query: new (config: unknown) => SubmittableQuery }
      const query = new Query({
        text,
        values: [...values],
        rowMode: 'array',
        rows: rowsMax + 1,
        types: { getTypeParser: parserOf } satisfies CustomTypesConfig,
        callback: (error: Error | null, result: QueryArrayResult) =>
          error ? reject(error) : resolve({ result, isCapped }),
      })
      // With a number of rows `pg` ends its turn by itself only when all went well; until then the server waits.
      const handleError = query.handleError.bind(query)
      query.handleError = (error, connection) => {
        connection.sync()
        handleError(error, connection)
      }
      query.handlePortalSuspended = (connection) => {
        isCapped = true
        connection.sync()
      }
      this.#client.query(query)
    })
  }
}

/** The part of a `Query` of `pg` that is ours: the server has more rows than it was asked for. */
interface SubmittableQuery {
  submit(connection: unknown): void
  handlePortalSuspended(connection: { sync(): void }): void
  handleError(error: unknown, connection: { sync(): void }): void
}

/** A JSON value as the server reads it. */
function toWire(type: string | undefined, value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (type === 'json' || type === 'jsonb') return JSON.stringify(value)
  if (type === 'bytea') return toBytes(value)
  if (Array.isArray(value)) return value.map((item) => toWire(type?.replace(/\[\]$/, ''), item))
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  if (typeof error !== 'object' || error === null) return {}
  const { code, position, detail, hint } = error as Partial<DatabaseError>
  const at = position === undefined ? undefined : Number(position)
  const line =
    at === undefined || !statement ? undefined : statement.line + statement.text.slice(0, at - 1).split('\n').length - 1
  const details = [detail && `DETAIL: ${detail}`, hint && `HINT: ${hint}`].filter(
    (text) => text !== undefined && text !== '',
  )
  return {
    code: code?.length === 5 ? `SQLSTATE ${code}` : code,
    line,
    position: at,
    details: details.filter((text) => typeof text === 'string'),
  }
}
