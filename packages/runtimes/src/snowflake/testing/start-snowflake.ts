import { createHash, generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBTypeId, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { SqlEngine, type EngineResult, type EngineSession } from '../../shared/testing/sql-engine.ts'

const TYPES: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.INTEGER]: 'fixed',
  [DuckDBTypeId.BIGINT]: 'fixed',
  [DuckDBTypeId.HUGEINT]: 'fixed',
  [DuckDBTypeId.DECIMAL]: 'fixed',
  [DuckDBTypeId.DOUBLE]: 'real',
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.BLOB]: 'binary',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp_ntz',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp_tz',
}
const PARTITION_ROWS = 4000
const USER = 'ACME-SHOP.MILLRACE'
const ASK_MS = 200

type Reply = (status: number, body: unknown) => void

interface Statement {
  readonly ended: Promise<EngineResult | Error>
  readonly session: EngineSession
  isStopped: boolean
}

interface Asked {
  readonly statement: string
  readonly bindings?: Readonly<Record<string, { readonly type: string; readonly value: string | null }>>
  readonly [place: string]: unknown
}

/** Speaks as much of the SQL API of Snowflake as its documents say of statements. */
export class SnowflakePeer {
  readonly asked: Asked[] = []
  readonly #server: Server
  readonly #engine: SqlEngine
  readonly #statements = new Map<string, Statement>()
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

  private constructor(engine: SqlEngine) {
    this.#engine = engine
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<SnowflakePeer> {
    const peer = new SnowflakePeer(await SqlEngine.open())
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get resource(): Readonly<Record<string, unknown>> {
    return {
      account_identifier: 'acme-shop.eu-west-1',
      username: 'millrace',
      private_key: this.#keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      database: 'SHOP',
      warehouse: 'SMALL',
      api_endpoint: this.#address,
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    for (const { session } of this.#statements.values()) session.close()
    await Promise.all([...this.#statements.values()].map(({ ended }) => ended))
    this.#engine.close()
  }

  get #address(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await request.toArray()).join('')
    const reply: Reply = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (!this.#letsIn(request)) return reply(401, { code: '390144', message: 'JWT token is invalid.' })
    const url = new URL(request.url ?? '', this.#address)
    const [, handle, verb] = /^\/api\/v2\/statements(?:\/([\w-]+))?(?:\/(cancel))?$/.exec(url.pathname) ?? []
    if (handle === undefined) return await this.#submit(JSON.parse(text), url, reply)
    const statement = this.#statements.get(handle)
    if (!statement) return reply(404, { code: '391918', message: 'Statement not found.' })
    if (verb === 'cancel') {
      statement.isStopped = true
      statement.session.interrupt()
      return reply(200, { code: '000604', statementHandle: handle })
    }
    await report(statement, { handle, partition: Number(url.searchParams.get('partition') ?? 0) }, reply)
  }

  #letsIn({ headers }: IncomingMessage): boolean {
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    if (headers['x-snowflake-authorization-token-type'] === undefined) return token === 'access-token'
    const [header = '', claims = '', signature = ''] = token.split('.')
    const { iss, sub, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const spki = this.#keys.publicKey.export({ type: 'spki', format: 'der' })
    const print = `SHA256:${createHash('sha256').update(spki).digest('base64')}`
    const isSigned = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      this.#keys.publicKey,
      Buffer.from(signature, 'base64url'),
    )
    return isSigned && iss === `${USER}.${print}` && sub === USER && exp * 1000 > Date.now()
  }

  async #submit(asked: Asked, url: URL, reply: Reply): Promise<void> {
    if (url.searchParams.get('async') !== 'true' || !url.searchParams.has('requestId'))
      return reply(400, { code: '391900', message: 'this peer knows statements that run by themselves' })
    this.asked.push(asked)
    const session = await this.#engine.openSession()
    const handle = randomUUID()
    const ended = run(session, asked).catch((error: unknown) => (error instanceof Error ? error : new Error('unknown')))
    this.#statements.set(handle, { ended, session, isStopped: false })
    reply(202, { code: '333334', message: 'Asynchronous execution in progress.', statementHandle: handle })
  }
}

/** A part of what the statement gave, what was wrong with it, or that it still runs. */
async function report(
  { ended, isStopped }: Statement,
  { handle, partition }: { readonly handle: string; readonly partition: number },
  reply: Reply,
): Promise<void> {
  const result = await Promise.race([ended, sleep(ASK_MS, undefined)])
  if (!result) return reply(202, { code: '333334', statementHandle: handle })
  if (result instanceof Error && isStopped)
    return reply(422, { code: '000604', sqlState: '57014', message: 'SQL execution canceled' })
  if (result instanceof Error) {
    const line = /^LINE (\d+):/m.exec(result.message)?.[1] ?? '1'
    const [first] = result.message.split('\n')
    const message = `SQL compilation error: error line ${line} at position 7\n${first}`
    return reply(422, { code: '000904', sqlState: '42000', message })
  }
  const { columns, rows } = result
  const starts = Array.from(
    { length: Math.max(1, Math.ceil(rows.length / PARTITION_ROWS)) },
    (_, at) => at * PARTITION_ROWS,
  )
  const from = starts[partition] ?? 0
  const data = rows
    .slice(from, from + PARTITION_ROWS)
    .map((row) => row.map((value, index) => write(value, columns[index]?.type)))
  if (partition > 0) return reply(200, { data })
  const rowType = columns.map(({ name, type }) => ({ name, type: typeOf(type) }))
  const partitionInfo = starts.map((start) => ({ rowCount: Math.min(PARTITION_ROWS, rows.length - start) }))
  reply(200, {
    code: '090001',
    statementHandle: handle,
    resultSetMetaData: { numRows: rows.length, format: 'jsonv2', rowType, partitionInfo },
    data,
  })
}

/** The engine has no types that follow the place of a `?`, so the peer writes them. */
async function run(session: EngineSession, { statement, bindings = {} }: Asked): Promise<EngineResult> {
  const casts: Readonly<Record<string, string>> = { FIXED: 'DECIMAL(38, 0)', REAL: 'DOUBLE', BOOLEAN: 'BOOLEAN' }
  const values = Object.values(bindings)
  let index = 0
  const sql = statement.replaceAll('?', () => {
    const type = values[index++]?.type ?? 'TEXT'
    return type === 'BINARY' ? `unhex($${index})` : `$${index}::${casts[type] ?? 'VARCHAR'}`
  })
  return await session.run(
    sql,
    values.map(({ value }) => value),
  )
}

function typeOf(type: DuckDBType): string {
  if (type.alias === 'JSON') return 'variant'
  return TYPES[type.typeId] ?? 'text'
}

/** A text for every value, as `jsonv2` has it. */
function write(value: DuckDBValue, type: DuckDBType | undefined): string | null {
  if (value === null) return null
  if (typeof value !== 'object') return String(value)
  if ('bytes' in value) return Buffer.from(value.bytes).toString('hex').toUpperCase()
  if ('days' in value && type?.typeId === DuckDBTypeId.DATE) return String(value.days)
  if ('micros' in value && typeof value.micros === 'bigint') {
    const sign = value.micros < 0n ? '-' : ''
    const micros = value.micros < 0n ? -value.micros : value.micros
    const seconds = `${sign}${micros / 1_000_000n}.${(micros % 1_000_000n).toString().padStart(6, '0')}000`
    // As of a session two and a half hours behind.
    return type?.typeId === DuckDBTypeId.TIMESTAMP_TZ ? `${seconds} 1290` : seconds
  }
  return String(value)
}
