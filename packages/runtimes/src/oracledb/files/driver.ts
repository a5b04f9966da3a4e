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
import { fetchingOf, toBind, type Fetching, type OracleTypes } from './values.ts'

type Resource = Readonly<Record<string, unknown>>

/** The part of `oracledb` that is ours; it brings no types. */
interface Oracle extends OracleTypes {
  readonly OUT_FORMAT_ARRAY: unknown
  getConnection(config: Readonly<Record<string, unknown>>): Promise<Client>
}

interface Client {
  execute(
    sql: string,
    binds: Readonly<Record<string, unknown>>,
    options: Readonly<Record<string, unknown>>,
  ): Promise<Given>
  break(): Promise<void>
  close(options: { readonly drop: boolean }): Promise<void>
}

interface Given {
  readonly metaData?: readonly { readonly name: string }[]
  readonly rows?: readonly (readonly unknown[])[]
}

const CONNECT_SECONDS_MAX = 25
const PORT = 1521

/** Oracle Database by `oracledb`, which needs no client libraries as it is used here. */
export function openDriver(load: LoadPackage): Driver {
  const oracle = load<Oracle>('oracledb')
  return { connect: (resource, signal) => connect(oracle, resource, signal), describe }
}

/** The driver cannot be told to give up; a connection that comes too late is closed. */
async function connect(oracle: Oracle, resource: Resource, signal: AbortSignal): Promise<Connection> {
  const opening = oracle.getConnection(toConfig(resource))
  const gaveUp = Promise.withResolvers<never>()
  const stop = () => gaveUp.reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return new OracleConnection(oracle, await Promise.race([opening, gaveUp.promise]))
  } catch (error) {
    opening.then((client) => client.close({ drop: true })).catch(() => undefined)
    throw error
  }
}

/** The fields of a resource `oracledb`; `database` is a connect string (`host:port/service`) unless there is a host. */
function toConfig(resource: Resource): Readonly<Record<string, unknown>> {
  const host = textOf(resource, 'host')
  const service = () => requireText(resource, 'service_name', 'database')
  const wallet = textOf(resource, 'wallet_content')
  return {
    user: requireText(resource, 'user', 'username'),
    password: textOf(resource, 'password') ?? '',
    connectString:
      host === undefined
        ? requireText(resource, 'database', 'connect_string')
        : `${host}:${textOf(resource, 'port') ?? PORT}/${service()}`,
    ...(wallet !== undefined && { walletContent: wallet, walletPassword: textOf(resource, 'wallet_password') ?? '' }),
    transportConnectTimeout: CONNECT_SECONDS_MAX,
    connectTimeout: CONNECT_SECONDS_MAX,
    program: 'millrace',
  }
}

class OracleConnection implements Connection {
  readonly #oracle: Oracle
  readonly #client: Client
  #isBroken = false

  constructor(oracle: Oracle, client: Client) {
    this.#oracle = oracle
    this.#client = client
  }

  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Each statement is committed, as there is nobody who would do it later. */
  async run({ text, values }: QueryStatement, { rowsMax }: RunContext): Promise<readonly RowSet[]> {
    const binds = Object.fromEntries(values.map((value) => [value.name, toBind(value, this.#oracle)]))
    const given = await this.#client.execute(text, binds, {
      outFormat: this.#oracle.OUT_FORMAT_ARRAY,
      maxRows: rowsMax + 1,
      autoCommit: true,
      fetchTypeHandler: ({ dbType }: { readonly dbType: unknown }): Fetching => fetchingOf(dbType, this.#oracle),
    })
    const rows = given.rows ?? []
    const columns = (given.metaData ?? []).map(({ name }) => name)
    return [{ columns, rows: rows.slice(0, rowsMax), isCapped: rows.length > rowsMax }]
  }

  async cancel(): Promise<void> {
    await this.#client.break()
  }

  /** Its packages keep their variables, and no order of the server makes a session as new. */
  async reset(): Promise<boolean> {
    return await Promise.resolve(false)
  }

  async close(): Promise<void> {
    this.#isBroken = true
    await this.#client.close({ drop: true })
  }
}

/** Messages begin with a code of the server (`ORA-00942`) or the driver (`NJS-518`), and may say where in the statement. */
function describe(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  if (typeof error !== 'object' || error === null) return {}
  const message = error instanceof Error ? error.message : ''
  const offset: unknown = Reflect.get(error, 'offset')
  const inBlock = /^ORA-06550: line (\d+)/m.exec(message)?.[1]
  const position = typeof offset === 'number' && offset > 0 ? offset + 1 : undefined
  const lines = inBlock ?? (position === undefined ? undefined : lineAt(statement, position))
  return {
    code: codeOf(error),
    position,
    line: lines === undefined || !statement ? undefined : statement.line + Number(lines) - 1,
  }
}

function codeOf(error: object): string | undefined {
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function lineAt(statement: QueryStatement | undefined, position: number): number {
  return statement === undefined ? 1 : statement.text.slice(0, position - 1).split('\n').length
}
