import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBTypeId, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { SqlEngine, type EngineResult, type EngineSession } from '../../shared/testing/sql-engine.ts'

const TYPES: Readonly<Partial<Record<DuckDBTypeId, string>>> = {
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.HUGEINT]: 'NUMERIC',
  [DuckDBTypeId.DECIMAL]: 'NUMERIC',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.STRUCT]: 'RECORD',
}
const PAGE_ROWS = 4000
/** For which it holds an answer back. */
const ASK_MS = 200
const SCRIPT = 'https://bigquery.invalid/'

interface PeerJob {
  readonly ended: Promise<EngineResult | Error>
  readonly session: EngineSession
  readonly sessionId: string | undefined
  isDone: boolean
  isStopped: boolean
}

/** What was asked of the peer. */
export interface AskedJob {
  readonly id: string
  readonly query: Readonly<Record<string, unknown>>
}

/** Speaks as much of the REST API of BigQuery, and of the sign-in of service accounts, as its documents say of queries. */
export class BigqueryPeer {
  readonly asked: AskedJob[] = []
  /** Answers so many calls with 503 before it works again. */
  busyCalls = 0
  readonly #server: Server
  readonly #engine: SqlEngine
  readonly #jobs = new Map<string, PeerJob>()
  readonly #sessions = new Map<string, EngineSession>()
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

  private constructor(engine: SqlEngine) {
    this.#engine = engine
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(): Promise<BigqueryPeer> {
    const peer = new BigqueryPeer(await SqlEngine.open())
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  /** As the JSON key of a service account has it, and where the API is. */
  get resource(): Readonly<Record<string, unknown>> {
    return {
      type: 'service_account',
      project_id: 'shop',
      private_key_id: 'k1',
      private_key: this.#keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: 'millrace@shop.iam.gserviceaccount.com',
      token_uri: `${this.#address}/token`,
      api_endpoint: this.#address,
    }
  }

  get openSessions(): number {
    return this.#sessions.size
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    for (const { session } of this.#jobs.values()) session.interrupt()
    await Promise.all([...this.#jobs.values()].map(({ ended }) => ended))
    this.#engine.close()
  }

  get #address(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await request.toArray()).join('')
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const url = new URL(request.url ?? '', this.#address)
    if (url.pathname === '/token') return this.#signIn(new URLSearchParams(text), reply)
    if (request.headers.authorization !== 'Bearer let-me-in')
      return void reply(401, { error: { code: 401, message: 'Invalid Credentials', status: 'UNAUTHENTICATED' } })
    if (this.busyCalls > 0) {
      this.busyCalls -= 1
      return void response.writeHead(503, { 'retry-after': '0' }).end('{}')
    }
    const path = url.pathname.replace('/bigquery/v2/projects/shop/', '')
    const [, noun, id, verb] = /^(jobs|queries)(?:\/(\w+))?(?:\/(cancel))?$/.exec(path) ?? []
    if (noun === 'jobs' && id === undefined) return await this.#insert(JSON.parse(text), reply)
    const job = this.#jobs.get(id ?? '')
    if (!job || url.searchParams.get('location') !== 'EU')
      return void reply(404, {
        error: { code: 404, message: `Not found: Job ${id}`, errors: [{ reason: 'notFound' }] },
      })
    if (verb === 'cancel') {
      job.isStopped = true
      job.session.interrupt()
      return void reply(200, { kind: 'bigquery#jobCancelResponse' })
    }
    if (noun === 'jobs') return void reply(200, { statistics: { sessionInfo: { sessionId: job.sessionId } } })
    await this.#results(job, url, reply)
  }

  #signIn(form: URLSearchParams, reply: (status: number, body: unknown) => void): void {
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const isOurs = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(this.#keys.publicKey.export({ type: 'spki', format: 'pem' })),
      Buffer.from(signature, 'base64url'),
    )
    const { iss, aud, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const isKnown =
      iss === this.resource['client_email'] && aud === this.resource['token_uri'] && scope.includes('/auth/bigquery')
    if (!isOurs || !isKnown || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer')
      return reply(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })
    reply(200, { access_token: 'let-me-in', expires_in: 3599, token_type: 'Bearer' })
  }

  async #insert(
    { jobReference, configuration }: { jobReference: { jobId: string }; configuration: { query: PeerQuery } },
    reply: (status: number, body: unknown) => void,
  ): Promise<void> {
    const { query } = configuration
    const { jobId } = jobReference
    this.asked.push({ id: jobId, query: { ...query } })
    const known = query.connectionProperties?.[0]?.value
    const session = this.#sessions.get(known ?? '') ?? (await this.#engine.openSession())
    const sessionId = query.createSession === true ? `session-${jobId}` : known
    if (sessionId !== undefined) this.#sessions.set(sessionId, session)
    if (query.query === 'CALL BQ.ABORT_SESSION()') this.#sessions.delete(sessionId ?? '')
    const ended = run(session, query).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    )
    const job: PeerJob = { ended, session, sessionId, isDone: false, isStopped: false }
    this.#jobs.set(jobId, job)
    void ended.then(() => (job.isDone = true))
    reply(200, { jobReference: { projectId: 'shop', jobId, location: 'EU' }, status: { state: 'RUNNING' } })
  }

  async #results(job: PeerJob, url: URL, reply: (status: number, body: unknown) => void): Promise<void> {
    // As short a wait as the first call of a long statement sees.
    const result = await Promise.race([job.ended, sleep(ASK_MS, undefined)])
    if (!result) return reply(200, { jobComplete: false })
    if (result instanceof Error) {
      const line = /^LINE (\d+):/m.exec(result.message)?.[1]
      const [first] = result.message.split('\n')
      const message = job.isStopped
        ? 'Job execution was cancelled: User requested cancellation'
        : `${first}${line === undefined ? '' : ` at [${line}:1]`}`
      const reason = job.isStopped ? 'stopped' : 'invalidQuery'
      return reply(400, { error: { code: 400, message, errors: [{ message, reason, location: SCRIPT }] } })
    }
    const from = Number(url.searchParams.get('pageToken') ?? 0)
    const page = result.rows.slice(from, from + PAGE_ROWS)
    const fields = result.columns.map(({ name, type }) => ({ name, ...fieldOf(type) }))
    reply(200, {
      jobComplete: true,
      schema: { fields },
      totalRows: String(result.rows.length),
      rows: page.map((row) => ({ f: row.map((value, index) => ({ v: write(value, result.columns[index]?.type) })) })),
      ...(from + PAGE_ROWS < result.rows.length && { pageToken: String(from + PAGE_ROWS) }),
    })
  }
}

interface PeerQuery {
  readonly query: string
  readonly createSession?: boolean
  readonly connectionProperties?: readonly { readonly value: string }[]
  readonly queryParameters?: readonly PeerParameter[]
}

interface PeerParameter {
  readonly name: string
  readonly parameterType: { readonly type: string; readonly arrayType?: { readonly type: string } }
  readonly parameterValue: {
    readonly value?: string | null
    readonly arrayValues?: readonly { readonly value: string }[]
  }
}

async function run(session: EngineSession, { query, queryParameters = [] }: PeerQuery): Promise<EngineResult> {
  if (query === 'CALL BQ.ABORT_SESSION()') return { columns: [], rows: [] }
  const values: Record<string, DuckDBValue> = {}
  let sql = query
  for (const { name, parameterType, parameterValue } of queryParameters) {
    const type = parameterType.arrayType?.type ?? parameterType.type
    const cast =
      { INT64: 'BIGINT', FLOAT64: 'DOUBLE', BOOL: 'BOOLEAN', STRING: 'VARCHAR', BYTES: 'VARCHAR' }[type] ?? type
    const isList = parameterType.type === 'ARRAY'
    values[name] = isList
      ? JSON.stringify(parameterValue.arrayValues?.map(({ value }) => value))
      : (parameterValue.value ?? null)
    const text = type === 'BYTES' ? `from_base64($${name})` : `$${name}::${cast}`
    sql = sql.replaceAll(`@${name}`, isList ? `(($${name}::JSON)::${cast}[])` : text)
  }
  return await session.run(sql, values)
}

function fieldOf(type: DuckDBType): Readonly<Record<string, unknown>> {
  if ('valueType' in type && type.typeId === DuckDBTypeId.LIST) return { ...fieldOf(type.valueType), mode: 'REPEATED' }
  if ('entryNames' in type && type.typeId === DuckDBTypeId.STRUCT)
    return {
      type: 'RECORD',
      mode: 'NULLABLE',
      fields: type.entryNames.map((name, index) => ({ name, ...fieldOf(type.entryTypes[index] ?? type) })),
    }
  return { type: type.alias === 'JSON' ? 'JSON' : (TYPES[type.typeId] ?? 'STRING'), mode: 'NULLABLE' }
}

/** As `useInt64Timestamp` has it. */
function write(value: DuckDBValue, type: DuckDBType | undefined): unknown {
  if (value === null) return null
  if (typeof value === 'object' && 'items' in value) {
    const of = type && 'valueType' in type ? type.valueType : undefined
    return value.items.map((item) => ({ v: write(item, of) }))
  }
  if (typeof value === 'object' && 'entries' in value && !Array.isArray(value.entries))
    return { f: Object.values(value.entries).map((entry) => ({ v: write(entry, undefined) })) }
  if (typeof value === 'object' && 'bytes' in value) return Buffer.from(value.bytes).toString('base64')
  if (typeof value === 'object' && 'micros' in value && type?.typeId === DuckDBTypeId.TIMESTAMP_TZ)
    return String(value.micros)
  if (type?.typeId === DuckDBTypeId.TIMESTAMP) return String(value).replace(' ', 'T')
  return String(value)
}
