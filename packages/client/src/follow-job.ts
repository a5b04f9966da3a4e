import { sleep } from '@millrace/base/time'
import type { CompletedJob, JobEvent, JobUpdate } from '@millrace/contracts'
import { ApiError } from './api-error.ts'
import type { Client } from './client.ts'

/** How to follow a job. */
export interface FollowOptions {
  readonly signal?: AbortSignal | undefined
  /** Told each change in order; `new_logs` are pieces that join to the whole log, each given once. */
  readonly onUpdate?: (update: JobUpdate) => void
  /** Where to begin in the log, in UTF-16 units; 0 when absent. */
  readonly logOffset?: number
  /** How long the server may be out of reach before following fails; 60,000 when absent. */
  readonly giveUpMs?: number
}

/**
 * Follows a job to its end and gives the finished job. Reads the event stream, connects again after its time limit or a
 * dropped connection from where it was, and asks again and again instead where streams do not get through. Rejects with
 * an `ApiError` (unknown job, signed out, server away for too long) or the reason of the signal.
 */
export async function followJob(
  client: Client,
  workspace: string,
  id: string,
  options: FollowOptions = {},
): Promise<CompletedJob> {
  const follower = new Follower(client, { workspace, id }, options)
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      const isCompleted = follower.usesStream ? await follower.stream() : await follower.poll()
      if (isCompleted) return await follower.loadCompleted()
    } catch (error) {
      await follower.afterFailure(error)
    }
  }
}

/** Streams that break this often without a single event are blocked by something in between. */
const STREAM_FAILURES_MAX = 3
const BACKOFF_MS = 100
const BACKOFF_MS_MAX = 5_000

class Follower {
  readonly #client: Client
  readonly #job: { readonly workspace: string; readonly id: string }
  readonly #options: FollowOptions
  #logOffset: number
  #streamOffset = 0
  #isRunning = false
  #failures = 0
  #streamFailures = 0
  #contactAt = Date.now()

  constructor(client: Client, job: { readonly workspace: string; readonly id: string }, options: FollowOptions) {
    this.#client = client
    this.#job = job
    this.#options = options
    this.#logOffset = options.logOffset ?? 0
  }

  get usesStream(): boolean {
    return this.#streamFailures < STREAM_FAILURES_MAX
  }

  /** Reads one connection to its end; true when the job has ended. */
  async stream(): Promise<boolean> {
    let hasEvents = false
    try {
      for await (const event of this.#client.jobs.getJobUpdatesSse(this.#request(), this.#callOptions())) {
        hasEvents = true
        this.#touch()
        this.#streamFailures = 0
        if (event.type === 'timeout') return false
        if (this.#receive(event)) return true
      }
    } catch (error) {
      if (!hasEvents && isPassing(error)) this.#streamFailures += 1
      throw error
    }
    if (!hasEvents) this.#streamFailures += 1
    throw dropped()
  }

  /** Asks once; the server waits a little when nothing happened. */
  async poll(): Promise<boolean> {
    const update = await this.#client.jobs.getJobUpdates(this.#request(), this.#callOptions())
    this.#touch()
    const isCompleted = this.#apply(update)
    if (!isCompleted && !update.new_logs) await sleep(BACKOFF_MS, this.#options.signal)
    return isCompleted
  }

  loadCompleted(): Promise<CompletedJob> {
    return this.#client.jobs.getCompletedJob(this.#job, this.#callOptions())
  }

  /** Waits before the next attempt, or throws when another one would not help. */
  async afterFailure(error: unknown): Promise<void> {
    if (this.#options.signal?.aborted || !isPassing(error)) throw error
    if (Date.now() - this.#contactAt > (this.#options.giveUpMs ?? 60_000)) throw error
    const backoffMs = Math.min(BACKOFF_MS * 2 ** this.#failures, BACKOFF_MS_MAX)
    this.#failures += 1
    await sleep(retryAfterMs(error) ?? backoffMs, this.#options.signal)
  }

  #receive(event: JobEvent): boolean {
    if (event.type === 'update') return this.#apply(event)
    if (event.type === 'not_found')
      throw new ApiError({
        status: 404,
        code: 'job.not_found',
        message: `There is no job ${this.#job.id} in the workspace ${this.#job.workspace}.`,
      })
    if (event.type === 'error') throw new ApiError({ status: 503, code: 'server.unavailable', message: event.error })
    return false
  }

  #apply(update: JobUpdate): boolean {
    this.#isRunning = update.running ?? this.#isRunning
    this.#logOffset = update.log_offset ?? this.#logOffset + (update.new_logs?.length ?? 0)
    this.#streamOffset = update.stream_offset ?? this.#streamOffset + (update.new_result_stream?.length ?? 0)
    this.#options.onUpdate?.(update)
    return update.completed === true
  }

  #touch(): void {
    this.#failures = 0
    this.#contactAt = Date.now()
  }

  #request() {
    const query = { running: this.#isRunning, log_offset: this.#logOffset, stream_offset: this.#streamOffset }
    return { ...this.#job, query }
  }

  #callOptions() {
    return { signal: this.#options.signal }
  }
}

/** Whether trying again may help: no connection, a fault of the server, or too many requests. */
function isPassing(error: unknown): boolean {
  if (!ApiError.is(error)) return false
  return error.status < 400 || error.status === 408 || error.status === 429 || error.status >= 500
}

function retryAfterMs(error: unknown): number | undefined {
  return ApiError.is(error) && error.retryAfterMs !== undefined ? Math.min(error.retryAfterMs, 30_000) : undefined
}

function dropped(): ApiError {
  return new ApiError({ status: 0, code: 'network.unreachable', message: 'The server closed the stream of events.' })
}
