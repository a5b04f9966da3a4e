import type { Service } from '@millrace/base/lifecycle'
import { sleep } from '@millrace/base/time'
import { Capacity } from './capacity.ts'
import { AHEAD_MS, BACKLOG_MAX, claimSize } from './claim-size.ts'
import { Claimer, type Room } from './claimer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { Endings } from './endings.ts'
import { giveBack } from './give-back.ts'
import { Followers, UNBEGUN } from './followers.ts'
import type { ClaimedJob, RunEnd, Unbegun } from './job.ts'
import { JobsAhead } from './jobs-ahead.ts'
import { keepLease } from './keep-lease.ts'
import { LentSlots } from './lent-slots.ts'
import { LookIns } from './look-ins.ts'
import { MemoryNotes } from './memory-notes.ts'
import { Rest } from './rest.ts'
import { ReservedSlots } from './reserved-slots.ts'
import { roomToFollow } from './room-to-follow.ts'
import { registerWorker, unregisterWorker, updateWorker, type WorkerTerms } from './sql/worker-lease.ts'
import type { Run } from './run.ts'
import { Runs } from './runs.ts'
import { SHARED_MAX, SharedTurn } from './shared-turn.ts'
import { StalledAhead } from './stalled-ahead.ts'
import { Strays } from './strays.ts'
import { tellCancels } from './tell-cancels.ts'
import { ThroughputMeter } from './throughput-meter.ts'

/** Where the database or the notifier is in doubt. */
const DOUBT_POLL_MS = 50
/** After the last job of a burst, until it looks once more for one that was committed late. */
const SETTLE_MS = 250
/** For how many jobs it looks at the queue although it has enough in hand. */
const LOOK_IN_MAX = 8
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
  readonly #endings: Endings
  readonly #runs: Runs
  readonly #meter = new ThroughputMeter()
  readonly #claimer: Claimer
  readonly #turn: SharedTurn
  #terms: WorkerTerms
  readonly #spent = Promise.withResolvers<void>()
  readonly #lent: LentSlots
  readonly #reserved: ReservedSlots
  readonly #strays: Strays
  readonly #lookIns: LookIns
  readonly #memory: MemoryNotes
  readonly #ahead = new JobsAhead()
  readonly #stalled: StalledAhead
  readonly #followers: Followers
  readonly #capacity: Capacity
  #isPumping = false
  #offs: (() => void)[] = []
  readonly #rest = new Rest()
  /** Whether a claim could find something: not after one that took all there was, until news or the polling interval. */
  #expectsJobs = true
  /** Counts reasons to expect jobs. */
  #news = 0
  #isDraining = false
  /** Jobs that the claim under way asks for. */
  #asked = 0
  #lost = Promise.withResolvers<void>()
  #isLost = false
  #loops: Promise<unknown> = Promise.resolve()
  #idle: (() => void) | undefined
  readonly #ended = new AbortController()

  constructor(options: ConsumerOptions) {
    this.#options = options
    this.#terms = { ...options.worker, ...options.terms }
    this.#claimer = new Claimer(options.db, options.worker.id, this.#terms)
    this.#followers = new Followers(options.following)
    this.#runs = this.#openRuns()
    this.#reserved = this.#openSlots()
    this.#lent = this.#openLentSlots()
    this.#strays = this.#openStrays()
    this.#lookIns = this.#openLookIns()
    this.#stalled = this.#watchAhead()
    this.#turn = new SharedTurn(options.db, () => this.#endings.ids.size > 0)
    this.#endings = this.#openEndings()
    this.#capacity = this.#measure()
    this.#memory = new MemoryNotes(options.db, options.log)
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
    return this.#runs.running.size
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
        this.#lookIns.told()
        void this.#lent.lend()
      }),
      notifier.on('wait', (waits) => this.#lent.told(waits)),
      notifier.on('returned', (told) => {
        this.#claimer.returned(told)
        this.#expectJobs()
      }),
      notifier.on('cancel', (ids) => {
        if (ids.length === 0 || ids.some((id) => this.#runs.running.has(id)))
          void tellCancels(this.#options, this.#runs.running, ids)
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
    this.#stalled.stop()
    const { db, worker, drainMs } = this.#options
    this.#followers.recall()
    await this.#handBack(this.#ahead.takeAll())
    await Promise.race([this.#whenIdle(), sleep(drainMs, this.#ended.signal)])
    this.#runs.stopAll({ kind: 'drain' })
    await this.#whenIdle()
    await this.#reserved.settled()
    this.#ended.abort()
    await this.#loops
    await this.#memory.flush()
    this.#runs.close()
    if (!this.#isLost) await unregisterWorker(db, worker.id).catch(() => undefined)
  }

  async #claimLoop(): Promise<void> {
    while (!this.#isDraining && !this.#isLost) {
      this.#rest.begin()
      if (this.#strays.areLikely) await this.#strays.clear()
      const wanted = this.#expectsJobs ? this.#wanted() : 0
      if (wanted > 0) await this.#claim(wanted)
      else await this.#pause()
    }
    await this.#lent.settled()
    await this.#lookIns.settled()
  }

  async #claim(wanted: number): Promise<void> {
    const news = this.#news
    this.#rest.polled()
    this.#asked = wanted
    try {
      const through = wanted <= SHARED_MAX ? this.#turn.claims : this.#options.db
      const jobs = await this.#claimer.claim({ limit: wanted, ...this.#capacity.memory }, through)
      // News that came while the claim was under way is not about what it saw.
      if (jobs.length < wanted && !this.#claimer.hasNews && news === this.#news) this.#expectsJobs = false
      await this.#take(jobs)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'jobs cannot be claimed')
      this.#strays.doubt()
      await sleep(DOUBT_POLL_MS * 10, this.#ended.signal)
    } finally {
      this.#asked = 0
    }
  }

  /** Takes in hand what it holds; a worker that ends gives it back. */
  async #take(jobs: readonly ClaimedJob[]): Promise<void> {
    if (this.#isDraining || this.#isLost) return await this.#handBack(jobs)
    for (const job of jobs) this.#ahead.add(job)
    this.#pump()
    if (this.#ahead.length > 0) this.#stalled.watch()
  }

  #openRuns(): Runs {
    return new Runs({
      options: this.#options,
      followers: this.#followers,
      left: (run) => {
        this.#followers.leave(run)
        this.#lent.ended(run.job.id)
      },
      ended: (run, end) => this.#settle(run, end),
      unbegun: (run) => this.#takeBack(run),
    })
  }

  #openSlots(): ReservedSlots {
    const { id } = this.#options.worker
    return new ReservedSlots({
      workerId: id,
      tags: () => this.#terms.tags,
      room: (follows) => (follows ? this.#roomAfter(follows) : this.#roomAtOnce()),
      begin: async (jobs) => {
        await this.#take(jobs)
        // What was kept may be claimed for.
        this.#rest.wakeUp()
      },
      doubt: () => this.#strays.doubt(),
    })
  }

  #openEndings(): Endings {
    return new Endings({
      options: this.#options,
      outcomes: this.#turn.outcomes,
      isLost: () => this.#isLost,
      handBack: (jobs) => this.#handBack(jobs),
      settled: () => {
        // It may not claim while too much is not written.
        this.#rest.wakeUp()
        if (this.#endings.ids.size === 0 && this.#runs.running.size === 0) this.#idle?.()
      },
    })
  }

  #measure(): Capacity {
    return new Capacity({
      terms: () => this.#terms,
      memoryMb: this.#options.memoryMb,
      running: this.#runs.running,
      ahead: this.#ahead,
      reserved: this.#reserved,
      lent: this.#lent,
      followers: this.#followers,
    })
  }

  #openLentSlots(): LentSlots {
    return new LentSlots({
      options: this.#options,
      ahead: this.#ahead,
      running: this.#runs.running,
      tags: () => this.#terms.tags,
      mayLend: () => {
        if (this.#strays.isClearing || this.#isDraining || this.#isLost) return false
        return this.#capacity.freeSlots <= 0 || this.#capacity.runsLeft <= 0
      },
      begin: async (jobs) => {
        if (this.#isDraining || this.#isLost) return await this.#handBack(jobs)
        for (const job of jobs) this.#runs.start(job)
      },
      doubt: () => this.#strays.doubt(),
    })
  }

  #openLookIns(): LookIns {
    const { memoryMb } = this.#options
    return new LookIns({
      options: this.#options,
      // The claim under way may fill all the memory that there is.
      room: () => ({ limit: this.#beside(), memoryFreeMb: memoryMb === undefined ? undefined : 0, isIdle: false }),
      claim: (room) => this.#claimer.claim(room),
      take: (jobs) => this.#take(jobs),
      doubt: () => this.#strays.doubt(),
    })
  }

  #watchAhead(): StalledAhead {
    return new StalledAhead({
      ahead: () => this.#ahead.all().map((job) => job.id),
      giveBack: (ids) => void this.#handBack(this.#ahead.takeThese(ids, ids.size)),
    })
  }

  #openStrays(): Strays {
    return new Strays({
      options: this.#options,
      inHand: () => [...this.#runs.running.keys(), ...this.#endings.ids, ...this.#ahead.all().map((job) => job.id)],
      settled: async () => {
        await this.#lent.settled()
        await this.#reserved.settled()
        await this.#lookIns.settled()
      },
    })
  }

  #roomAtOnce(): Room {
    return {
      limit: this.#isSureOfNone ? Math.min(this.#capacity.freeSlots, this.#capacity.runsLeft) : 0,
      ...this.#capacity.memory,
    }
  }

  #roomAfter(follows: readonly string[]): Room {
    const mayNot = this.#isDraining || this.#isLost || this.#strays.areLikely || this.#ahead.length > 0
    if (mayNot || this.#endings.backlog > BACKLOG_MAX) return { ...this.#capacity.memory, limit: 0 }
    return roomToFollow({
      ...this.#capacity.memory,
      slots: this.#capacity.freeSlots + follows.filter((id) => this.#runs.running.has(id)).length,
      runsLeft: this.#capacity.runsLeft,
      isClaiming: this.#asked > 0 || this.#lookIns.areUnderWay,
    })
  }

  /** Whether it knows of nothing that is ready, and may begin what is enqueued here (Q44). */
  get #isSureOfNone(): boolean {
    if (this.#isDraining || this.#isLost || this.#strays.areLikely) return false
    if (this.#asked > 0 || this.#lookIns.areUnderWay) return false
    if (this.#expectsJobs || this.#claimer.hasNews || this.#ahead.length > 0) return false
    return this.#endings.backlog <= BACKLOG_MAX
  }

  #wanted(): number {
    const { slots, tags } = this.#terms
    if (tags.length === 0) return 0
    const size = claimSize({
      slots,
      busy: this.#capacity.busySlots + this.#reserved.count,
      ahead: this.#ahead.length + this.#followers.count,
      backlog: this.#endings.backlog,
      finishedSoon: this.#meter.finishedInMs(AHEAD_MS),
    })
    // With enough in hand it looks in first, for that is answered soon.
    const first = this.#ahead.length >= slots ? this.#lookIn() : 0
    return Math.min(first || size || this.#lookIn(), this.#capacity.runsLeft - this.#ahead.length)
  }

  /** With enough in hand, but news of ready jobs: a few, for one of another tenant may go before those (Q22). */
  #lookIn(): number {
    return this.#ahead.length > 0 ? this.#lookDue() : 0
  }

  /** The same beside a claim that is under way, of more jobs than could begin (Q47). */
  #beside(): number {
    if (this.#asked === 0 || this.#strays.areLikely || this.#isDraining || this.#isLost) return 0
    if (this.#ahead.length === 0 && this.#asked <= this.#terms.slots) return 0
    return Math.min(this.#lookDue(), this.#capacity.runsLeft - this.#ahead.length - this.#asked)
  }

  #lookDue(): number {
    if (this.#endings.backlog > BACKLOG_MAX || !this.#claimer.hasNews) return 0
    return this.#claimer.lookDueInMs(performance.now()) > 0 ? 0 : Math.min(this.#terms.slots, LOOK_IN_MAX)
  }

  /** Starts what free slots allow, and what may wait behind others without one (Q49). A run may end before it returns, so this is entered again by the runs it starts. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#capacity.runsLeft > 0 && !this.#isDraining) {
      const next = this.#ahead.peek()
      const hasSlot = this.#capacity.freeSlots > 0
      if (!next || (!hasSlot && !this.#followers.hasPlaceFor(next))) break
      this.#ahead.take()
      this.#runs.start(next, { isFollowing: !hasSlot })
    }
    this.#isPumping = false
  }

  #settle(running: Run, end: Exclude<RunEnd, Unbegun>): void {
    const { job } = running
    this.#meter.finished()
    if (end.status !== 'parked') this.#memory.note(job, end.memoryPeakBytes)
    this.#capacity.executed += 1
    this.#lookIfSpent()
    this.#endings.settle(running, end)
    if (this.#ahead.length > 0) this.#pump()
    this.#rest.wakeUp()
  }

  /** A run that did not begin is ahead again, before its equals, unless it was told to stop or nothing more is begun. */
  #takeBack(running: Run): void {
    if (this.#isDraining) running.stop({ kind: 'drain' })
    this.#rest.wakeUp()
    if (running.reason || this.#isLost) return this.#endings.settle(running, UNBEGUN)
    this.#followers.keep(running)
    this.#ahead.add(running.job, { isBack: true })
    this.#stalled.watch()
    // Those that are taken back with it are to be ahead as well before one is begun.
    setImmediate(() => this.#pump())
  }

  #lookIfSpent(): void {
    if (this.#capacity.isSpent) this.#spent.resolve()
  }

  /** Resolves when nothing runs and everything that ended is written. */
  #whenIdle(): Promise<void> {
    if (this.#runs.running.size === 0 && this.#endings.ids.size === 0) return Promise.resolve()
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
      executed: () => this.#capacity.executed,
      onRenewed: () => {
        this.#options.onRenewed?.()
        if (this.#runs.running.size === 0) return
        // Not waited for: a network that fell silent would hold up the lease.
        void tellCancels(this.#options, this.#runs.running, [])
        void this.#lent.look()
      },
    })
    if (why !== undefined) this.#lose(why)
  }

  #lose(why: string): void {
    this.#isLost = true
    this.#runs.close()
    this.#options.log.error(
      { worker: this.#options.worker.name, why, running: this.#runs.running.size },
      'the lease is lost',
    )
    this.#ahead.takeAll()
    this.#runs.stopAll({ kind: 'lease_lost' })
    this.#rest.wakeUp()
    this.#idle?.()
    this.#lost.resolve()
  }

  async #handBack(jobs: readonly ClaimedJob[]): Promise<void> {
    if (!(await giveBack(this.#options, jobs))) this.#strays.doubt()
  }

  async #pause(): Promise<void> {
    if (this.#isDraining || this.#isLost) return
    if (await this.#rest.pause(this.#pollMs())) this.#expectJobs()
  }

  #pollMs(): number {
    const { pollMs, notifier } = this.#options
    if (!notifier.canListen) return Math.min(pollMs, DEAF_POLL_MS)
    if (!notifier.isConnected) return DOUBT_POLL_MS
    if (this.#strays.areLikely) return DOUBT_POLL_MS * 10
    if (this.#claimer.hasNews) return Math.min(pollMs, Math.max(1, this.#claimer.lookDueInMs(performance.now())))
    return this.#claimer.owesFull ? Math.min(pollMs, SETTLE_MS) : pollMs
  }

  #expectJobs(): void {
    this.#news += 1
    this.#expectsJobs = true
    this.#rest.wakeUp()
  }
}
