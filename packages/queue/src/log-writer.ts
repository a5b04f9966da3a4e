import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { isDataError } from './data-error.ts'
import type { ClaimedJob, LogChunk } from './job.ts'
import { maskSecrets } from './mask-secrets.ts'
import type { Notifier } from './notifier.ts'
import { appendLogs, logEnd, type GrowingText } from './sql/append-log.ts'

const FLUSH_MS = 100
/** A chunk is one row; a job that prints faster gets several a flush. */
const CHUNK_MAX = 64 * 1024

/** The log of one running job: text in, chunks out. */
export interface JobLog {
  /** Bytes that this run has written. */
  readonly bytes: number
  write(text: string): void
  /** No more text will come: what is left to be written with the outcome, once all before it is written. */
  end(): Promise<LogChunk | undefined>
  /** No more text will come, and all of it is written when this resolves. */
  finish(): Promise<void>
}

interface Open {
  readonly job: ClaimedJob
  text: string
  seq: number
  startsAt: number
  full: boolean
  bytes: number
  hasText: boolean
  flushed: Promise<void>
}

/** What must not be shown of jobs: asked after it may have been printed. Jobs without secrets are missing. */
export type SecretsOf = (jobIds: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>

/** Whose logs are written, and where. */
export interface LogWriterOptions {
  readonly db: Database
  readonly workerId: string
  readonly notifier: Notifier
  readonly log: Logger
  readonly lengthMax: number
  readonly table?: GrowingText
  readonly secretsOf?: SecretsOf | undefined
}

/** Gathers what all jobs of a worker print and appends it every 100 ms in one statement. */
export class LogWriter {
  readonly #db: Database
  readonly #workerId: string
  readonly #notifier: Notifier
  readonly #log: Logger
  readonly #lengthMax: number
  readonly #table: GrowingText
  readonly #secretsOf: SecretsOf | undefined
  readonly #dirty = new Set<Open>()
  readonly #closing = new AbortController()
  #isScheduled = false

  constructor(options: LogWriterOptions) {
    this.#db = options.db
    this.#workerId = options.workerId
    this.#notifier = options.notifier
    this.#log = options.log
    this.#lengthMax = options.lengthMax
    this.#table = options.table ?? 'job_log'
    this.#secretsOf = options.secretsOf
  }

  open(job: ClaimedJob): JobLog {
    const state: Open = {
      job,
      text: '',
      seq: 0,
      startsAt: 0,
      full: false,
      bytes: 0,
      hasText: false,
      flushed: Promise.resolve(),
    }
    return {
      get bytes() {
        return state.bytes
      },
      write: (text) => this.#write(state, text),
      end: () => this.#end(state),
      finish: () => this.#finish(state),
    }
  }

  /** What cannot be written now is given up. */
  close(): void {
    this.#closing.abort()
  }

  #write(state: Open, text: string): void {
    if (state.full || text === '') return
    if (!state.hasText) state.flushed = this.#goOn(state)
    state.hasText = true
    this.#keep(state, text)
    this.#dirty.add(state)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setTimeout(() => this.#flush(), FLUSH_MS)
  }

  #keep(state: Open, text: string): void {
    const left = this.#lengthMax - state.startsAt - state.text.length
    state.full = text.length > left
    const kept = text.slice(0, Math.max(0, left)).replaceAll('\0', '\uFFFD')
    const added = state.full ? `${kept}\n[log cut: it is longer than ${this.#lengthMax} characters]\n` : kept
    state.text += added
    state.bytes += Buffer.byteLength(added)
  }

  /** A further attempt goes on where the earlier ones ended. Most of them are waits of flows, which say nothing: those look for nothing. */
  async #goOn(state: Open): Promise<void> {
    const { job } = state
    if (job.attempt === 1) return
    try {
      const end = await this.#tryUntilAnswered(() => logEnd(this.#db, this.#table, job.id))
      // What was said meanwhile has only the room that is left.
      const { text } = state
      Object.assign(state, end, { text: '', bytes: 0 })
      this.#keep(state, text)
    } catch (error) {
      this.#log.warn({ err: error, job: job.id }, 'the end of a log cannot be read')
    }
  }

  #flush(): void {
    this.#isScheduled = false
    const states = [...this.#dirty]
    this.#dirty.clear()
    const earlier = Promise.all(states.map((state) => state.flushed))
    const flushed = earlier.then(async () => {
      const chunks = await this.#takeMasked(states, false)
      await this.#append(chunks)
      this.#notifier.tellHere(
        'log',
        states.map((state) => state.job.id),
      )
    })
    const settled = flushed.catch((error: unknown) =>
      this.#log.warn({ err: error, jobs: states.length }, 'lines of job logs are lost'),
    )
    for (const state of states) state.flushed = settled
  }

  async #end(state: Open): Promise<LogChunk | undefined> {
    this.#dirty.delete(state)
    await state.flushed
    const chunks = await this.#takeMasked([state], true).catch((error: unknown) => {
      this.#log.warn({ err: error, job: state.job.id }, 'the end of a job log is lost: its secrets are not known')
      return []
    })
    const last = chunks.pop()
    await this.#append(chunks).catch(() => undefined)
    return last
  }

  async #finish(state: Open): Promise<void> {
    const last = await this.#end(state)
    if (last) await this.#append([last]).catch(() => undefined)
  }

  /**
   * The one place where logs pass on their way out of the worker: what a job has read as a secret stays behind. The text is
   * taken first and secrets are asked for afterwards, so that all that it can name are known.
   */
  async #takeMasked(states: readonly Open[], isLast: boolean): Promise<LogChunk[]> {
    const taken = states.map((state) => ({ state, text: state.text })).filter(({ text }) => text !== '')
    for (const { state } of taken) state.text = ''
    const secretsOf = this.#secretsOf
    if (!secretsOf || taken.length === 0) return taken.flatMap(({ state, text }) => cut(state, text))
    const secrets = await this.#tryUntilAnswered(() => secretsOf(taken.map(({ state }) => state.job.id)))
    return taken.flatMap(({ state, text }) => {
      const { shown, held } = maskSecrets(text, secrets.get(state.job.id) ?? [], isLast)
      state.text = held + state.text
      return cut(state, shown)
    })
  }

  async #append(chunks: readonly LogChunk[]): Promise<void> {
    if (chunks.length > 0) await this.#tryUntilAnswered(() => appendLogs(this.#db, this.#table, this.#workerId, chunks))
  }

  /** A line in hand is not dropped because a connection broke (Q10); pieces are numbered, so that repeating is harmless. */
  async #tryUntilAnswered<T>(work: () => Promise<T>): Promise<T> {
    for (let delay = 50; ; delay = Math.min(delay * 2, 2000)) {
      try {
        return await work()
      } catch (error) {
        if (isDataError(error) || this.#closing.signal.aborted) throw error
        this.#log.warn({ err: error, retryInMs: delay }, 'job logs cannot be written')
        await sleep(delay, this.#closing.signal)
      }
    }
  }
}

/** Cuts text into rows that follow those before, never between the halves of a surrogate pair. */
function cut(state: Open, whole: string): LogChunk[] {
  const chunks: LogChunk[] = []
  let rest = whole
  while (rest.length > 0) {
    let length = Math.min(rest.length, CHUNK_MAX)
    if (length < rest.length && isHighSurrogate(rest.charCodeAt(length - 1))) length -= 1
    const text = rest.slice(0, length)
    chunks.push({
      jobId: state.job.id,
      workspaceId: state.job.workspaceId,
      seq: state.seq,
      startsAt: state.startsAt,
      text,
    })
    state.seq += 1
    state.startsAt += text.length
    rest = rest.slice(length)
  }
  return chunks
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
