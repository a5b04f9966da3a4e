import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { DuckDBValue } from '@duckdb/node-api'
import { SqlEngine, type EngineSession } from '../../shared/testing/sql-engine.ts'
import { TdsFrames, TdsReader, toPackets } from './tds-bytes.ts'
import { done, loginAck, message, writeResult } from './tds-tokens.ts'

const KIND = { batch: 1, call: 3, attention: 6, login: 16, prelogin: 18 } as const
const EXECUTE_SQL = 10
/** What a client says first of all, and after each reset. */
const SETTINGS =
  /^\s*set (?:ansi|arithabort|concat|cursor|datefirst|dateformat|implicit|language|lock|numeric|quoted|textsize|transaction|xact)/i

/** Speaks TDS 7.4 (sign-in, batches, calls of sp_executesql with their types, attention, reset) and runs what it is told by DuckDB. */
export class SqlServerPeer {
  /** Types and values of parameters that calls had, by name. */
  readonly called: Readonly<Record<string, unknown>>[] = []
  readonly #server: Server
  readonly #engine: SqlEngine
  readonly #sockets = new Set<Socket>()
  readonly #talks = new Set<Promise<void>>()

  private constructor(engine: SqlEngine) {
    this.#engine = engine
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      const talk = new Talk(socket, this.#engine, (values) => this.called.push(values)).run()
      this.#talks.add(talk)
    })
  }

  static async start(): Promise<SqlServerPeer> {
    const peer = new SqlServerPeer(await SqlEngine.open())
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get resource(): Readonly<Record<string, unknown>> {
    const { port } = this.#server.address() as AddressInfo
    return { host: '127.0.0.1', port, user: 'millrace', password: 'sécret', dbname: 'shop', encrypt: false }
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await Promise.all(this.#talks)
    this.#engine.close()
  }
}

/** One client. */
class Talk {
  readonly #socket: Socket
  readonly #engine: SqlEngine
  readonly #onCall: (values: Readonly<Record<string, unknown>>) => void
  #session: EngineSession | undefined
  #isStopped = false
  #work: Promise<void> = Promise.resolve()

  constructor(socket: Socket, engine: SqlEngine, onCall: (values: Readonly<Record<string, unknown>>) => void) {
    this.#socket = socket
    this.#engine = engine
    this.#onCall = onCall
  }

  async run(): Promise<void> {
    const frames = new TdsFrames()
    this.#socket.on('error', () => undefined)
    this.#socket.on('data', (chunk) => {
      for (const { kind, isReset, body } of frames.take(chunk)) {
        if (kind === KIND.attention) this.#stop()
        else this.#work = this.#work.then(() => this.#hear(kind, isReset, body))
      }
    })
    await new Promise((resolve) => this.#socket.once('close', resolve))
    this.#session?.interrupt()
    await this.#work
    this.#session?.close()
  }

  #stop(): void {
    this.#isStopped = true
    this.#session?.interrupt()
    this.#work = this.#acknowledge(this.#work)
  }

  /** When what runs has ended, or at once. */
  async #acknowledge(work: Promise<void>): Promise<void> {
    await work
    this.#say(done(0x20))
    this.#isStopped = false
  }

  async #hear(kind: number, isReset: boolean, body: Buffer): Promise<void> {
    if (kind === KIND.prelogin) return this.#say(prelogin())
    if (kind === KIND.login) return this.#signIn(body)
    if (isReset) this.#session?.close()
    if (isReset || !this.#session) this.#session = await this.#engine.openSession()
    const reader = new TdsReader(body)
    reader.skipHeaders()
    if (kind === KIND.batch) return await this.#execute(this.#session, reader.bytes(body.length).toString('ucs2'), {})
    if (kind === KIND.call) return await this.#call(this.#session, reader)
    throw new Error(`this peer knows no message of kind ${kind}`)
  }

  #signIn(body: Buffer): void {
    const piece = (at: number) => {
      const offset = body.readUInt16LE(at)
      return body.subarray(offset, offset + body.readUInt16LE(at + 2) * 2)
    }
    // Turned and masked, which hides nothing.
    const password = piece(44).map((byte) => ((byte ^ 0xa5) >> 4) | (((byte ^ 0xa5) & 15) << 4))
    const [user, database] = [piece(40).toString('ucs2'), piece(68).toString('ucs2')]
    if (user === 'millrace' && Buffer.from(password).toString('ucs2') === 'sécret' && database === 'shop')
      return this.#say(loginAck())
    const words = `Login failed for user '${user}'.`
    this.#say(Buffer.concat([message('error', { number: 18_456, line: 1, words }), done(2)]))
  }

  /** `sp_executesql`: the statement, what its parameters are, and their values. */
  async #call(session: EngineSession, reader: TdsReader): Promise<void> {
    if (reader.number(2) !== 0xffff || reader.number(2) !== EXECUTE_SQL)
      throw new Error('this peer knows sp_executesql')
    reader.number(2)
    const values: Record<string, DuckDBValue> = {}
    const given: [string, unknown][] = []
    while (!reader.isAtEnd) {
      const name = reader.shortText().replace('@', '')
      reader.number(1)
      given.push([name, reader.value()])
    }
    const [[, statement] = [], [, types] = [], ...parameters] = given
    for (const [name, value] of parameters) values[name] = value as DuckDBValue
    this.#onCall({ ...values, types })
    let sql = String(statement)
    for (const [name, value] of parameters) sql = sql.replaceAll(`@${name}`, `$${name}${castOf(value)}`)
    await this.#execute(session, sql, values)
  }

  async #execute(session: EngineSession, batch: string, values: Record<string, DuckDBValue>): Promise<void> {
    if (SETTINGS.test(batch)) return this.#say(done(0))
    const statements = batch.split(';').filter((statement) => statement.trim() !== '')
    const answer: Buffer[] = []
    for (const [index, statement] of statements.entries()) {
      const hasMore = index < statements.length - 1
      const words = /^\s*PRINT '(.*)'\s*$/.exec(statement)?.[1]
      if (words !== undefined) {
        answer.push(message('info', { number: 0, line: 1, words }), done(hasMore ? 1 : 0))
        continue
      }
      try {
        answer.push(writeResult(await session.run(statement, values), hasMore))
      } catch (error) {
        // Of a stopped batch it says no more than that it ended.
        if (this.#isStopped) return this.#say(done(2))
        const failure = error instanceof Error ? error.message : String(error)
        const line = Number(/^LINE (\d+):/m.exec(failure)?.[1] ?? 1)
        answer.push(message('error', { number: 207, line, words: failure.split('\n')[0] ?? '' }), done(2))
        break
      }
    }
    this.#say(Buffer.concat(answer))
  }

  #say(body: Buffer): void {
    if (!this.#socket.destroyed) this.#socket.write(toPackets(body))
  }
}

/** Version, and that there is no encryption. */
function prelogin(): Buffer {
  return Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, 2])
}

/** The engine has no types that follow the declaration of a parameter, so the peer writes them. */
function castOf(value: unknown): string {
  if (typeof value === 'bigint') return '::BIGINT'
  if (typeof value === 'number') return '::DOUBLE'
  return typeof value === 'boolean' ? '::BOOLEAN' : ''
}
