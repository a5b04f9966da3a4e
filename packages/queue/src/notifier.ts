import type { Logger } from '@millrace/base/logger'
import type { Service } from '@millrace/base/lifecycle'
import { sleep } from '@millrace/base/time'
import { openClient, type DatabaseOptions } from '@millrace/db'
import type { OutcomeStatus } from './states.ts'
import { CHANNEL } from './sql/channel.ts'

/** A notification carries less than 8,000 bytes: some 200 ids. */
const KEYS_MAX = 200
const COALESCE_MS = 5

/**
 * What is told: `ready` and `returned` (keys are tags; returned jobs take the place that they had), `done`, `log` and `cancel`
 * (job ids), `scheduled` (no key: a due time changed), `wait` (a job that waits and the one it waits for, as `a>b`), `groups`
 * (names of worker groups that were changed).
 * `log` stays inside the process; readers elsewhere poll.
 */
export type Topic = (typeof topics)[number]

interface Connection {
  readonly client: ReturnType<typeof openClient>
  readonly ended: Promise<void>
}

type Listener = (keys: readonly string[]) => void

/** How a job ended, as it was committed by this process. */
export interface ToldEnd {
  readonly status: OutcomeStatus
  /** JSON text; null is no result. */
  readonly result: string | null
}

type EndListener = (end: ToldEnd) => void

/**
 * Tells this process at once and other processes by NOTIFY, on one connection of its own that also listens. A NOTIFY takes
 * a database-wide lock at commit, so each topic sends at most once in 5 ms, and apart from jobs' transactions but for what they `carry`.
 * Everything it says is a hint (Q19): while the connection is away `isConnected` is false and listeners poll faster.
 */
export class Notifier implements Service {
  readonly name = 'notifier'
  readonly #options: DatabaseOptions
  readonly #log: Logger
  readonly #listeners = new Map<Topic, Set<Listener>>()
  readonly #endListeners = new Map<string, Set<EndListener>>()
  readonly #outbox = new Map<Topic, Set<string>>()
  #client: ReturnType<typeof openClient> | undefined
  /** A send is due or under way. */
  #isScheduled = false
  #sending: Promise<void> = Promise.resolve()
  #lastSentMs = 0
  #stopped = false
  #loop: Promise<void> = Promise.resolve()

  constructor(options: DatabaseOptions, log: Logger) {
    // A notification takes a transaction id, and its commit would wait for the disk: a hint needs no durability.
    const settings = [...(options.settings ?? []), 'synchronous_commit=off']
    this.#options = { ...options, settings, applicationName: `${options.applicationName}:notifier` }
    this.#log = log
  }

  get isConnected(): boolean {
    return this.#client !== undefined
  }

  /** False behind a pooler, where nobody can listen: then it speaks to this process only, and everyone polls. */
  get canListen(): boolean {
    return this.#options.pooler !== 'transaction'
  }

  async start(signal: AbortSignal): Promise<void> {
    if (!this.canListen)
      return this.#log.warn(
        {},
        'PostgreSQL cannot notify through a pooler in transaction mode: this process polls. Set DATABASE_DIRECT_URL to be told at once',
      )
    const { ended } = await this.#connect()
    this.#loop = this.#keepConnected(ended, signal)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#sending
    await this.#send()
    await this.#client?.end().catch(() => undefined)
    await this.#loop
  }

  /** Calls the listener with what happened in this process or another; returns how to stop. */
  on(topic: Topic, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** Calls the listener with the end of one job if it is this process that writes it; returns how to stop. */
  onEnd(id: string, listener: EndListener): () => void {
    const listeners = this.#endListeners.get(id) ?? new Set()
    this.#endListeners.set(id, listeners.add(listener))
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) this.#endListeners.delete(id)
    }
  }

  /** Tells those of this process who wait for the job; call it after the commit, before `done` is told. */
  tellEnd(id: string, end: ToldEnd): void {
    for (const listener of this.#endListeners.get(id) ?? []) listener(end)
  }

  /** Tells listeners of this process only. */
  tellHere(topic: Topic, keys: readonly string[]): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(keys)
  }

  /** Tells everyone; call it after the commit that it tells of. */
  tell(topic: Topic, keys: readonly string[]): void {
    this.tellHere(topic, keys)
    const waiting = this.#outbox.get(topic) ?? new Set()
    this.#outbox.set(topic, waiting)
    for (const key of keys) waiting.add(key)
    if (!this.#isScheduled && !this.#stopped) this.#schedule()
  }

  /**
   * A message for a statement to send with `pg_notify` as it commits, which spares others a round trip; then tell only those here.
   * Undefined where it must be told afterwards: such a commit takes a database-wide lock and may not wait for the disk, which is then
   * another statement (Q46), so this is for those who speak now and then, and everyone else's messages go out together.
   */
  carry(topic: Topic, keys: readonly string[]): string | undefined {
    const nowMs = performance.now()
    const isQuiet = !this.#isScheduled && this.#outbox.size === 0 && nowMs - this.#lastSentMs >= COALESCE_MS
    const [message, ...rest] = this.#client && isQuiet && keys.length > 0 ? pack(topic, keys) : []
    if (message === undefined || rest.length > 0) return undefined
    this.#lastSentMs = nowMs
    return message
  }

  #schedule(): void {
    this.#isScheduled = true
    const delay = this.#lastSentMs + COALESCE_MS - performance.now()
    const send = () => {
      this.#sending = this.#send()
    }
    // The shortest timer is a millisecond; after a pause, what is told in this turn of the loop goes out at its end.
    if (delay > 0) setTimeout(send, delay)
    else setImmediate(send)
  }

  /** One at a time: what is told meanwhile goes out with the next one. */
  async #send(): Promise<void> {
    this.#lastSentMs = performance.now()
    const messages = [...this.#outbox].flatMap(([topic, keys]) => pack(topic, [...keys]))
    this.#outbox.clear()
    if (messages.length > 0 && this.#client) {
      const text = messages.map((_, index) => `pg_notify('${CHANNEL}', $${index + 1})`).join(', ')
      // A hint that is lost costs a polling interval; the reconnecting loop reports the cause.
      await this.#client.query(`select ${text}`, messages).catch(() => undefined)
    }
    this.#isScheduled = false
    if (this.#outbox.size > 0 && !this.#stopped) this.#schedule()
  }

  async #connect(): Promise<Connection> {
    const client = openClient(this.#options)
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    await client.connect()
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    client.on('notification', ({ processId, payload }) => {
      if (processId !== rows[0]?.pid && payload) this.#receive(payload)
    })
    await client.query(`listen ${CHANNEL}`)
    this.#client = client
    return { client, ended }
  }

  async #keepConnected(firstEnd: Promise<void>, signal: AbortSignal): Promise<void> {
    let ended = firstEnd
    for (;;) {
      await ended
      this.#client = undefined
      let delay = 100
      for (;;) {
        if (this.#stopped || signal.aborted) return
        await sleep(delay, signal)
        if (this.#stopped || signal.aborted) return
        try {
          const connection = await this.#connect()
          ended = connection.ended
          // Stopped meanwhile: `stop` found no connection to end.
          if (this.#stopped) void connection.client.end().catch(() => undefined)
          break
        } catch (error) {
          this.#log.warn({ err: error, retryInMs: delay }, 'the notifier cannot reach the database')
          delay = Math.min(delay * 2, 5000)
        }
      }
      // What was told meanwhile was missed: everyone looks once.
      for (const topic of topics) this.tellHere(topic, [])
    }
  }

  #receive(payload: string): void {
    const [topic = '', ...keys] = payload.split(' ')
    const known = topics.find((word) => word === topic)
    if (known) this.tellHere(known, keys.map(decodeURIComponent))
  }
}

const topics = ['ready', 'returned', 'done', 'cancel', 'scheduled', 'log', 'wait', 'groups'] as const

function pack(topic: Topic, keys: readonly string[]): string[] {
  const messages: string[] = []
  for (let at = 0; at === 0 || at < keys.length; at += KEYS_MAX)
    messages.push([topic, ...keys.slice(at, at + KEYS_MAX).map(encodeURIComponent)].join(' '))
  return messages
}
