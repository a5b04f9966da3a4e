import type { Service } from '@millrace/base/lifecycle'
import { sleep } from '@millrace/base/time'
import { AHEAD_MS, BACKLOG_MAX, claimSize } from './claim-size.ts'
import { Claimer, type Room } from './claimer.ts'
import { Completer } from './completer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { ClaimedJob, RunEnd } from './job.ts'
import { JobsAhead } from './jobs-ahead.ts'
import { keepLease } from './keep-lease.ts'
import { LogWriter } from './log-writer.ts'
import { MemoryNotes } from './memory-notes.ts'
import { Rest } from './rest.ts'
import { ReservedSlots } from './reserved-slots.ts'
import { Run } from './run.ts'
import { SlotLender } from './slot-lender.ts'
import { ThroughputMeter } from './throughput-meter.ts'
import { claimAwaitedJobs, findAwaited, findWaits } from './sql/job-wait.ts'
import {
  findCancelRequests,
  handBackJobs,
  handBackStrays,
  registerWorker,
  unregisterWorker,
  updateWorker,
  type WorkerTerms,
} from './sql/worker-lease.ts'

/** Where the database or the notifier is in doubt. */
const DOUBT_POLL_MS = 50
/** After the last job of a burst, until it looks once more for one that was committed late. */
const SETTLE_MS = 250
/** For how many jobs it looks at the queue although it has enough in hand. */
const LOOK_IN_MAX = 16
/** Where nothing of other processes is ever heard. */
const DEAF_POLL_MS = 250

/**
 * The worker's side of the queue: holds a lease, claims up to its free slots and a little ahead, runs, completes.
 *
 * States: *claiming* (from `start`) → *draining* (`stop`: nothing more is claimed, what was not started is handed back, runs
 * go on until the deadline) → *stopped*. From any of them *lost*: the lease was taken away or could not be renewed for its
 * whole length, so every run is aborted and nothing is written (Q13); the keeper has given or will give the jobs to others.
 * A lost consumer does not come back: `onLost` resolves, and its owner makes a new one with a new id.
 *
 * It claims ahead as many jobs as it has lately finished in 50 ms: none where jobs take longer, hundreds where they take
 * microseconds, so that the queue's round trip never idles the slots and long jobs are never hoarded.
 */
export class Consumer implements Service {
  readonly name = 'consumer'
  readonly #options: ConsumerOptions
  readonly #completer: Completer
  readonly #logs: LogWriter
  readonly #streams: LogWriter
  readonly #meter = new ThroughputMeter()
  readonly #claimer: Claimer
  #terms: WorkerTerms
  /** Runs that ended. */
  #executed = 0
  readonly #spent = Promise.withResolvers<void>()
  readonly #running = new Map<string, Run>()
  readonly #lender = new SlotLender()
  readonly #reserved: ReservedSlots
  readonly #memory: MemoryNotes
  readonly #ahead = new JobsAhead()
  #isPumping = false
  #offs: (() => void)[] = []
  readonly #rest = new Rest()
  /** Whether a claim could find something: not after one that took all there was, until news or the polling interval. */
  #expectsJobs = true
  /** Counts reasons to expect jobs. */
  #news = 0
  #isDraining = false
  #lending: Promise<void> | undefined
  /** While strays are looked for, nothing may be claimed: it would be taken for one. */
  #isClearing = false
  #isClaiming = false
  #lost = Promise.withResolvers<void>()
  #isLost = false
  #loops: Promise<unknown> = Promise.resolve()
  #idle: (() => void) | undefined
  /** Ended and not yet written. */
  readonly #settling = new Set<string>()
  /** When a claim last failed: what it took, if it was committed, is held by us and known to nobody. */
  #inDoubtSinceMs: number | undefined
  readonly #ended = new AbortController()

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#terms = { ...options.worker, ...options.terms }
    this.#claimer = new Claimer(options.db, options.worker.id, this.#terms)
    this.#reserved = this.#openSlots()
    this.#completer = new Completer(options)
    this.#memory = new MemoryNotes(options.db, options.log)
    const texts = { ...options, workerId: options.worker.id, lengthMax: options.logLengthMax }
    this.#logs = new LogWriter(texts)
    // A stream is a result, which nobody masks.
    this.#streams = new LogWriter({ ...texts, table: 'job_stream', secretsOf: undefined })
  }

  /** Resolves when the lease is lost. */
  get onLost(): Promise<void> {
    return this.#lost.promise
  }

  /** Resolves when it has run as many jobs as it may. */
  get onSpent(): Promise<void> {
    return this.#spent.promise
  }

  get runningCount(): number {
    return this.#running.size
  }

  get #busySlots(): number {
    return this.#running.size - this.#lender.lentCount
  }

  get #freeSlots(): number {
    return this.#terms.slots - this.#busySlots - this.#reserved.count
  }

  async start(): Promise<void> {
    const { db, notifier, worker, near } = this.#options
    await registerWorker(db, worker)
    this.#offs = [
      ...(near ? [near.join(this.#reserved)] : []),
      notifier.on('ready', (told) => {
        if (told.length > 0 && !told.some((tag) => this.#terms.tags.includes(tag))) return
        this.#claimer.told()
        this.#expectJobs()
        void this.#runAwaited()
      }),
      notifier.on('wait', (waits) => {
        if (waits.length === 0 || waits.some((wait) => this.#concerns(wait))) void this.#lookForWaits()
      }),
      notifier.on('returned', (told) => {
        this.#claimer.returned(told)
        this.#expectJobs()
      }),
      notifier.on('cancel', (ids) => {
        if (ids.length === 0 || ids.some((id) => this.#running.has(id))) void this.#lookForCancels(ids)
      }),
    ]
    this.#loops = Promise.all([this.#claimLoop(), this.#keepLease()])
  }

  /** Takes other jobs or other numbers of them from now on; what it holds already it runs. */
  async change(terms: WorkerTerms): Promise<void> {
    this.#terms = terms
    this.#claimer.serve(terms)
    this.#lookIfSpent()
    this.#pump()
    this.#expectJobs()
    await updateWorker(this.#options.db, this.#options.worker.id, terms)
  }

  /** Drains (Q14); idempotent. */
  async stop(): Promise<void> {
    if (this.#isDraining) return
    this.#isDraining = true
    for (const off of this.#offs) off()
    this.#rest.wakeUp()
    const { db, worker, drainMs } = this.#options
    await this.#handBack(this.#ahead.takeAll())
    await Promise.race([this.#whenIdle(), sleep(drainMs, this.#ended.signal)])
    for (const running of this.#running.values()) running.stop({ kind: 'drain' })
    await this.#whenIdle()
    await this.#reserved.settled()
    this.#ended.abort()
    await this.#loops
    await this.#memory.flush()
    this.#logs.close()
    this.#streams.close()
    if (!this.#isLost) await unregisterWorker(db, worker.id).catch(() => undefined)
  }

  async #claimLoop(): Promise<void> {
    while (!this.#isDraining && !this.#isLost) {
      this.#rest.begin()
      if (this.#inDoubtSinceMs !== undefined) {
        this.#isClearing = true
        await this.#lending
        await this.#reserved.settled()
        await this.#clearDoubt(this.#inDoubtSinceMs)
        this.#isClearing = false
      }
      const wanted = this.#expectsJobs ? this.#wanted() : 0
      if (wanted > 0) await this.#claim(wanted)
      else await this.#pause()
    }
    await this.#lending
  }

  async #claim(wanted: number): Promise<void> {
    const news = this.#news
    this.#rest.polled()
    this.#isClaiming = true
    try {
      const jobs = await this.#claimer.claim({ limit: wanted, ...this.#room() })
      // News that came while the claim was under way is not about what it saw.
      if (jobs.length < wanted && !this.#claimer.hasNews && news === this.#news) this.#expectsJobs = false
      await this.#take(jobs)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'jobs cannot be claimed')
      this.#inDoubtSinceMs = performance.now()
      await sleep(DOUBT_POLL_MS * 10, this.#ended.signal)
    } finally {
      this.#isClaiming = false
    }
  }

  /** Takes in hand what it holds; a worker that ends gives it back. */
  async #take(jobs: readonly ClaimedJob[]): Promise<void> {
    if (this.#isDraining || this.#isLost) return await this.#handBack(jobs)
    for (const job of jobs) this.#ahead.add(job)
    this.#pump()
  }

  #openSlots(): ReservedSlots {
    const { id } = this.#options.worker
    const isSure = () => this.#isSureOfNone
    return new ReservedSlots({
      workerId: id,
      tags: () => this.#terms.tags,
      room: () => ({ limit: isSure() ? Math.min(this.#freeSlots, this.#left) : 0, ...this.#room() }),
      begin: async (jobs) => {
        await this.#take(jobs)
        // What was kept may be claimed for.
        this.#rest.wakeUp()
      },
      doubt: () => (this.#inDoubtSinceMs = performance.now()),
    })
  }

  /** Whether it knows of nothing that is ready, and may begin what is enqueued here (Q44). */
  get #isSureOfNone(): boolean {
    if (this.#isDraining || this.#isLost || this.#isClaiming || this.#inDoubtSinceMs !== undefined) return false
    if (this.#expectsJobs || this.#claimer.hasNews || this.#ahead.length > 0) return false
    return this.#completer.backlog <= BACKLOG_MAX
  }

  /** Looks for jobs of a claim whose answer was lost, for the length of a lease: it may be committed late. */
  async #clearDoubt(sinceMs: number): Promise<void> {
    const { db, worker, leaseMs, notifier, log } = this.#options
    const inHand = () => [...this.#running.keys(), ...this.#settling, ...this.#ahead.all().map((job) => job.id)]
    try {
      const tags = await handBackStrays(db, worker.id, inHand)
      if (tags.length > 0) notifier.tell('returned', tags)
      if (performance.now() - sinceMs > leaseMs) this.#inDoubtSinceMs = undefined
    } catch (error) {
      log.warn({ err: error }, 'jobs of a failed claim cannot be looked for')
    }
  }

  #wanted(): number {
    const { slots, tags } = this.#terms
    if (tags.length === 0) return 0
    const size = claimSize({
      slots,
      busy: this.#busySlots + this.#reserved.count,
      ahead: this.#ahead.length,
      backlog: this.#completer.backlog,
      finishedSoon: this.#meter.finishedInMs(AHEAD_MS),
    })
    return Math.min(size > 0 ? size : this.#lookIn(), this.#left - this.#ahead.length)
  }

  /** With enough in hand, but news of ready jobs: a few, for one of another tenant may go before those (Q22). */
  #lookIn(): number {
    if (this.#ahead.length === 0 || this.#completer.backlog > BACKLOG_MAX) return 0
    if (!this.#claimer.hasNews || this.#claimer.lookDueInMs(performance.now()) > 0) return 0
    return Math.min(this.#terms.slots, LOOK_IN_MAX)
  }

  /** Memory that is free for further jobs. */
  #room(): Omit<Room, 'limit'> {
    const { memoryMb } = this.#options
    const isIdle = this.#running.size === 0 && this.#ahead.length === 0 && this.#reserved.count === 0
    if (memoryMb === undefined) return { memoryFreeMb: undefined, isIdle }
    const held = [...[...this.#running.values()].map(({ job }) => job), ...this.#ahead.all()]
    const heldMb = held.reduce((sum, job) => sum + job.memoryMb, this.#reserved.memoryMb)
    return { memoryFreeMb: Math.max(0, memoryMb - heldMb), isIdle }
  }

  /** Starts what free slots allow. A run may end before it returns, so this is entered again by the runs it starts. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#freeSlots > 0 && this.#left > 0 && !this.#isDraining) {
      const job = this.#ahead.take()
      if (!job) break
      void this.#run(job)
    }
    this.#isPumping = false
  }

  async #run(job: ClaimedJob): Promise<void> {
    const { run, onBug, log } = this.#options
    const running = new Run(job, this.#logs.open(job), () => this.#streams.open(job))
    this.#running.set(job.id, running)
    let end: RunEnd
    try {
      const value = run(job, running)
      end = value instanceof Promise ? await value : value
    } catch (error) {
      log.error({ err: error, job: job.id }, 'running a job threw')
      end = onBug(job, error)
    }
    this.#running.delete(job.id)
    this.#lender.ended(job.id)
    this.#meter.finished()
    if (end.status !== 'parked') this.#memory.note(job, end.memoryPeakBytes)
    this.#executed += 1
    this.#lookIfSpent()
    this.#settle(running, end).catch((error: unknown) =>
      log.error({ err: error, job: job.id }, 'a run cannot be settled'),
    )
    if (this.#ahead.length > 0) this.#pump()
    this.#rest.wakeUp()
  }

  /** Runs that it may still begin; jobs that others wait for are begun in any case. */
  get #left(): number {
    return (this.#terms.jobsMax ?? Infinity) - this.#executed - this.#running.size - this.#reserved.count
  }

  #lookIfSpent(): void {
    if (this.#left + this.#reserved.count <= 0 && this.#running.size === 0) this.#spent.resolve()
  }

  /** Writes what became of a run, unless it is not ours to say. */
  async #settle(running: Run, end: RunEnd): Promise<void> {
    const { log, notifier } = this.#options
    const { job, log: jobLog, reason } = running
    this.#settling.add(job.id)
    try {
      if (reason?.kind === 'lease_lost') return
      await running.endStream()
      if (end.status === 'parked') return await jobLog.finish()
      const finalLog = await jobLog.end()
      // Its log may have been given up (Q10, Q13).
      if (this.#isLost) return
      if (reason?.kind === 'drain' && end.status !== 'success') return await this.#handBack([job])
      const ending = running.ending(end)
      const answer = await this.#completer.complete(job, { ...ending, finalLog, logBytes: jobLog.bytes })
      if (answer.ready.length > 0) notifier.tell('ready', answer.ready)
      if (answer.isScheduled) notifier.tell('scheduled', [])
      if (answer.end === 'tried again') return
      if (answer.end === 'over') this.#options.onCompleted?.(ending.status, job)
      if (answer.end === 'stale') log.warn({ job: job.id }, 'a run ended after its job was taken away')
      else if (job.awaited) notifier.tell('done', [job.id])
      else notifier.tellHere('done', [job.id])
    } finally {
      this.#settling.delete(job.id)
      // It may not claim while too much is not written.
      this.#rest.wakeUp()
      if (this.#settling.size === 0 && this.#running.size === 0) this.#idle?.()
    }
  }

  /** Whether a wait (`waiter>child`) is of a job in hand. */
  #concerns(wait: string): boolean {
    const [waiter = '', child] = wait.split('>')
    return this.#running.has(waiter) || (child !== undefined && this.#ahead.has(child))
  }

  async #lookForWaits(): Promise<void> {
    const { db, log } = this.#options
    try {
      this.#lender.know(await findWaits(db, [...this.#running.keys()]), performance.now())
      await this.#runAwaited()
    } catch (error) {
      log.warn({ err: error }, 'waits of jobs cannot be read')
    }
  }

  /** Starts jobs that somebody waits for in slots whose jobs wait themselves (Q34). */
  async #runAwaited(): Promise<void> {
    if (this.#lending || this.#isClearing || this.#isDraining || this.#isLost) return
    if (this.#freeSlots > 0 && this.#left > 0) return
    const free = this.#lender.free(performance.now())
    if (free === 0) return
    this.#lending = this.#lend(free).finally(() => (this.#lending = undefined))
    await this.#lending
  }

  async #lend(free: number): Promise<void> {
    const { db, worker, log } = this.#options
    try {
      const awaited = await findAwaited(
        db,
        this.#ahead.all().map((job) => job.id),
      )
      const inHand = this.#ahead.takeThese(awaited, free)
      const claimed = await claimAwaitedJobs(db, worker.id, this.#terms.tags, free - inHand.length)
      const jobs = [...inHand, ...claimed]
      if (this.#isDraining || this.#isLost) return await this.#handBack(jobs)
      for (const job of jobs) {
        this.#lender.lend(job.id)
        void this.#run(job)
      }
    } catch (error) {
      log.warn({ err: error }, 'jobs that others wait for cannot be claimed')
      this.#inDoubtSinceMs = performance.now()
    }
  }

  /** Resolves when nothing runs and everything that ended is written. */
  #whenIdle(): Promise<void> {
    if (this.#running.size === 0 && this.#settling.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const before = this.#idle
      this.#idle = () => {
        before?.()
        resolve()
      }
    })
  }

  async #keepLease(): Promise<void> {
    const { db, worker, leaseMs, log } = this.#options
    const why = await keepLease({
      db,
      workerId: worker.id,
      leaseMs,
      log,
      signal: this.#ended.signal,
      executed: () => this.#executed,
      onRenewed: () => {
        this.#options.onRenewed?.()
        if (this.#running.size === 0) return
        // Not waited for: a network that fell silent would hold up the lease.
        void this.#lookForCancels([])
        void this.#lookForWaits()
      },
    })
    if (why !== undefined) this.#lose(why)
  }

  #lose(why: string): void {
    this.#isLost = true
    this.#logs.close()
    this.#streams.close()
    this.#options.log.error(
      { worker: this.#options.worker.name, why, running: this.#running.size },
      'the lease is lost',
    )
    this.#ahead.takeAll()
    for (const running of this.#running.values()) running.stop({ kind: 'lease_lost' })
    this.#rest.wakeUp()
    this.#idle?.()
    this.#lost.resolve()
  }

  /** Tells running jobs of cancels; ids that were announced but have no request were ended by force. */
  async #lookForCancels(announced: readonly string[]): Promise<void> {
    const { db, worker, log } = this.#options
    try {
      const requests = await findCancelRequests(db, worker.id)
      for (const request of requests) this.#running.get(request.id)?.stop({ kind: 'cancel', request })
      const asked = new Set(requests.map((request) => request.id))
      for (const id of announced) {
        if (!asked.has(id)) this.#running.get(id)?.stop({ kind: 'lease_lost' })
      }
    } catch (error) {
      log.warn({ err: error }, 'cancels cannot be read')
    }
  }

  async #handBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (jobs.length === 0) return
    const { db, worker, notifier, log } = this.#options
    try {
      await handBackJobs(db, worker.id, jobs)
      notifier.tell('returned', [...new Set(jobs.map((job) => job.tag))])
    } catch (error) {
      log.warn({ err: error, jobs: jobs.length }, 'jobs cannot be handed back; the keeper will take them')
    }
  }

  async #pause(): Promise<void> {
    if (this.#isDraining || this.#isLost) return
    if (await this.#rest.pause(this.#pollMs())) this.#expectJobs()
  }

  #pollMs(): number {
    const { pollMs, notifier } = this.#options
    if (!notifier.canListen) return Math.min(pollMs, DEAF_POLL_MS)
    if (!notifier.isConnected) return DOUBT_POLL_MS
    if (this.#inDoubtSinceMs !== undefined) return DOUBT_POLL_MS * 10
    if (this.#claimer.hasNews) return Math.min(pollMs, Math.max(1, this.#claimer.lookDueInMs(performance.now())))
    return this.#claimer.owesFull ? Math.min(pollMs, SETTLE_MS) : pollMs
  }

  #expectJobs(): void {
    this.#news += 1
    this.#expectsJobs = true
    this.#rest.wakeUp()
  }
}
