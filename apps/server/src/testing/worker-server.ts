import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { makePartitions, type NewJob } from '@millrace/queue'
import { freshTag, noop, startQueue } from '@millrace/queue/testing/queue-fixture'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { readProcessorTime, starvedMs, type ProcessorTime } from './processor-time.ts'

const PROGRAM = new URL('../main.ts', import.meta.url).pathname
const READY_MS_MAX = 60_000
const END_MS_MAX = 300_000
const LOOK_MS = 25
/** At rest its memory stays within so much for so many looks, a second's worth. */
const REST_BYTES_MAX = 4_194_304
const REST_LOOKS = 50
const REST_MS_MAX = 180_000

/** Code that is run as a preview. */
export interface Code {
  readonly language: string
  readonly content: string
  readonly timeoutMs?: number
}

/** A finished job, as the database has it. */
export interface Finished {
  readonly status: string
  readonly result: unknown
  readonly durationMs: number
  readonly peakBytes: number | undefined
  /** Characters of its log. */
  readonly logLength: number
}

/** A job that was timed, on a host where others may take the processors. */
export interface Timed extends Finished {
  /** For how long strangers kept the worker from running meanwhile. */
  readonly starvedMs: number
}

interface Parts {
  readonly folder: string
  readonly base: TestDatabase
  readonly queue: Awaited<ReturnType<typeof startQueue>>
  readonly env: Readonly<Record<string, string>>
}

/** `millrace worker` in a process of its own, on a database and a data folder of its own, with these settings. */
export class WorkerServer {
  readonly folder: string
  readonly #tag: string
  readonly #base: TestDatabase
  readonly #queue: Parts['queue']
  readonly #child: ChildProcess
  #said = ''

  private constructor(parts: Parts) {
    this.folder = parts.folder
    this.#base = parts.base
    this.#queue = parts.queue
    this.#tag = freshTag()
    const settings = {
      DATABASE_URL: parts.base.url,
      MILLRACE_DATA_DIR: parts.folder,
      WORKER_TAGS: this.#tag,
      LOG_LEVEL: 'warn',
      BASE_INTERNAL_URL: 'http://localhost:1',
    }
    this.#child = spawn(process.execPath, ['--conditions=source', PROGRAM, 'worker'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...settings, ...parts.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#said += text))
  }

  static async start(env: Readonly<Record<string, string>>): Promise<WorkerServer> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-hostile-'))
    // Jobs run as users without rights, who must be able to enter it.
    await chmod(folder, 0o755)
    const base = await createTestDatabase()
    await makePartitions(base.db)
    const server = new WorkerServer({ folder, base, queue: await startQueue(base.db), env })
    try {
      await waitUntil('the worker is ready', READY_MS_MAX, () => {
        server.check()
        return server.#said.includes('is ready')
      })
      return server
    } catch (error) {
      await server.close()
      throw error
    }
  }

  /** Throws when the worker has ended, with what it said. */
  check(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null)
      throw new Error(`the worker ended with ${this.#child.exitCode ?? this.#child.signalCode}:\n${this.#said}`)
  }

  /** Runs code to its end; throws when the worker does not live to see it. */
  async run({ language, content, timeoutMs }: Code): Promise<Finished> {
    const job: NewJob = { ...noop(this.#tag), kind: 'preview', language, rawCode: content, attemptsMax: 1 }
    return await this.#finish({ ...job, ...(timeoutMs !== undefined && { timeoutMs }) }, language)
  }

  /** The same, and for how long the worker stood in line behind strangers. */
  async runTimed(code: Code): Promise<Timed> {
    const before = this.#processorTime()
    const finished = await this.run(code)
    return { ...finished, starvedMs: starvedMs(before, this.#processorTime()) }
  }

  /** Runs a flow to its end, of which the value is given. */
  async runFlow(value: unknown, args: Readonly<Record<string, unknown>>): Promise<Finished> {
    const rawCode = JSON.stringify(value)
    return await this.#finish({ ...noop(this.#tag), kind: 'flowpreview', rawCode, args }, 'flow')
  }

  async #finish(job: NewJob, what: string): Promise<Finished> {
    const [id = ''] = await this.#queue.queue.enqueue([job])
    let finished: Finished | undefined
    await waitUntil(`a job in ${what} has ended`, END_MS_MAX, async () => {
      this.check()
      finished = await this.#find(id)
      return finished !== undefined
    })
    if (!finished) throw new Error('a job that ended has no outcome')
    return finished
  }

  /** Highest resident memory of the worker's own process, which was at rest, while `work` goes on. */
  async memoryPeakDuring(work: () => Promise<unknown>): Promise<number> {
    let highest = await this.#restingBytes()
    const watch = setInterval(() => {
      void this.#residentBytes().then((bytes) => (highest = Math.max(highest, bytes)))
    }, LOOK_MS)
    try {
      await work()
    } finally {
      clearInterval(watch)
    }
    return highest
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exited
    }
    await this.#queue.stop()
    await this.#base.drop()
    await rm(this.folder, { recursive: true, force: true })
  }

  #processorTime(): ProcessorTime {
    return readProcessorTime(this.#child.pid ?? -1)
  }

  async #find(id: string): Promise<Finished | undefined> {
    const { rows } = await this.#base.db.pool.query<Finished>(
      `select status, result, duration_ms::float8 as "durationMs", memory_peak_bytes::float8 as "peakBytes",
        coalesce((select sum(length(chunk)) from job_log where job_id = o.id), 0)::float8 as "logLength"
       from job_outcome o where id = $1`,
      [id],
    )
    return rows[0]
  }

  /** What it holds when it has begun: its grammars are compiled in the background, which takes much memory for a while. */
  async #restingBytes(): Promise<number> {
    let looks: readonly number[] = []
    await waitUntil('the worker is at rest', REST_MS_MAX, async () => {
      looks = [...looks, await this.#residentBytes()].slice(-REST_LOOKS)
      return looks.length === REST_LOOKS && Math.max(...looks) - Math.min(...looks) <= REST_BYTES_MAX
    })
    return Math.max(...looks)
  }

  async #residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8').catch(() => '')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
  }
}

/** The name of a failed job's error. */
export function errorName({ result }: Finished): string {
  const error: unknown = Object(result).error
  return String(Object(error).name)
}
