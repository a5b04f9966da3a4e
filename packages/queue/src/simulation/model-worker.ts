import { ClaimPolicy, PATIENCE_MS } from '../claim-policy.ts'
import { AHEAD_MS, claimSize } from '../claim-size.ts'
import { ThroughputMeter } from '../throughput-meter.ts'
import type { EventLoop } from './event-loop.ts'
import type { ModelDatabase } from './model-database.ts'
import type { Listener, ModelNotifier, ModelTopic } from './model-notifier.ts'
import { claimedOf, type ModelClaim, type ModelQueue } from './model-queue.ts'
import type { QueueRow } from './queue-row.ts'
import type { Referee } from './referee.ts'

const COMPLETE_MAX = 500
const FLUSHES_MAX = 2
const POLL_MS = 5000
const DRAIN_MS = 30_000
/** From the request to end a run until its processes are gone. */
const STOP_MS = 20

/** A worker of the plan. */
export interface WorkerPlan {
  readonly slots: number
  /** A job of `runMs` takes it `runMs / speed`. */
  readonly speed: number
  /** It serves them in turns. */
  readonly tags: readonly string[]
  readonly roundTripMs: number
  readonly joinAtMs: number
  /** Drains then. */
  readonly leaveAtMs?: number | undefined
  /** Is gone then, without a word. */
  readonly crashAtMs?: number | undefined
}

/** What all workers share. */
export interface World {
  readonly loop: EventLoop
  readonly queue: ModelQueue
  readonly database: ModelDatabase
  readonly notifier: ModelNotifier
  readonly referee: Referee
  readonly leaseMs: number
  /** When each worker's lease was last renewed. */
  readonly leases: Map<number, number>
}

interface Run {
  readonly claim: ModelClaim
  readonly startedAtMs: number
  isOver: boolean
}

/** A `Consumer` without processes: its policy, meter and claim size are the real ones, its loops are events. */
export class ModelWorker implements Listener {
  readonly number: number
  readonly plan: WorkerPlan
  readonly tags: ReadonlySet<string>
  readonly #world: World
  readonly #policy: ClaimPolicy
  readonly #meter: ThroughputMeter
  readonly #running = new Map<QueueRow, Run>()
  #ahead: ModelClaim[] = []
  #outcomes: ModelClaim[] = []
  #flushes = 0
  #isClaiming = false
  /** Whether a claim could find something; while not, the worker waits for news of ready jobs. */
  #expectsJobs = true
  #isDraining = false
  #isGone = false
  #pausedAtMs: number | undefined
  #hasPoll = false

  constructor(world: World, number: number, plan: WorkerPlan) {
    this.#world = world
    this.number = number
    this.plan = plan
    this.tags = new Set(plan.tags)
    this.#policy = new ClaimPolicy(plan.tags)
    this.#meter = new ThroughputMeter(() => world.loop.nowMs)
  }

  start(): void {
    const { loop, queue, notifier } = this.#world
    queue.register(this.number)
    notifier.on('returned', this)
    this.#renew()
    if (this.plan.leaveAtMs !== undefined) loop.at(this.plan.leaveAtMs, () => this.#drain())
    if (this.plan.crashAtMs !== undefined) loop.at(this.plan.crashAtMs, () => this.#crash())
    this.#look()
  }

  hear(topic: ModelTopic, tags: readonly string[]): void {
    if (topic === 'returned') this.#policy.returned(tags)
    else this.#policy.told()
    this.#expectNews(false)
    this.#look()
  }

  /** Ends the run of a job whose cancel was asked; one that has not begun is found at the next renewal. */
  cancel(row: QueueRow): void {
    const run = this.#running.get(row)
    if (run) this.#world.loop.in(STOP_MS, () => this.#finish(run))
  }

  /** Claims, if there is room and reason to. */
  #look(): void {
    if (this.#isClaiming || this.#isDraining || this.#isGone) return
    const limit = this.#expectsJobs ? this.#wanted() : 0
    if (limit <= 0) return this.#pause()
    this.#pausedAtMs = undefined
    this.#isClaiming = true
    this.#expectNews(true)
    const { loop, queue, database, referee } = this.#world
    const beganMs = loop.nowMs
    const terms = this.#policy.terms(beganMs)
    const { tags, floors, aged } = terms
    database.send({
      roundTripMs: this.plan.roundTripMs,
      execute: () => {
        const claims = queue.claim({ worker: this.number, tags, limit, floors, aged, patienceMs: PATIENCE_MS })
        referee.claimed(this.number, claims, terms)
        return claims
      },
      rowsOf: (claims) => claims.length,
      reply: (claims) => {
        this.#policy.claimed(terms, { wanted: limit, jobs: claims.map(claimedOf), beganMs, endedMs: loop.nowMs })
        this.#isClaiming = false
        if (this.#isGone) return
        if (this.#isDraining) return this.#handBack(claims)
        if (claims.length === limit || this.#policy.hasNews) this.#expectNews(false)
        for (const claim of claims) this.#ahead.push(claim)
        this.#pump()
        this.#look()
      },
    })
  }

  #expectNews(expects: boolean): void {
    this.#expectsJobs = !expects
    if (expects) this.#world.notifier.on('ready', this)
    else this.#world.notifier.off('ready', this)
  }

  #stopListening(): void {
    this.#world.notifier.off('ready', this)
    this.#world.notifier.off('returned', this)
  }

  #wanted(): number {
    return claimSize({
      slots: this.plan.slots,
      busy: this.#running.size,
      ahead: this.#ahead.length,
      backlog: this.#outcomes.length,
      finishedSoon: this.#meter.finishedInMs(AHEAD_MS),
    })
  }

  #pause(): void {
    this.#pausedAtMs = this.#world.loop.nowMs
    this.#planPoll()
  }

  /** One poll is planned at a time; it looks when the worker has slept for the whole interval. */
  #planPoll(): void {
    const { loop } = this.#world
    if (this.#hasPoll || this.#pausedAtMs === undefined) return
    this.#hasPoll = true
    loop.at(this.#pausedAtMs + POLL_MS, () => {
      this.#hasPoll = false
      if (this.#pausedAtMs === undefined) return
      if (loop.nowMs < this.#pausedAtMs + POLL_MS) return this.#planPoll()
      this.#expectNews(false)
      this.#look()
    })
  }

  #pump(): void {
    const { loop, referee } = this.#world
    const free = this.plan.slots - this.#running.size
    for (const claim of this.#ahead.splice(0, free)) {
      const run: Run = { claim, startedAtMs: loop.nowMs, isOver: false }
      this.#running.set(claim.row, run)
      referee.started(claim.row, this.number)
      loop.in(claim.row.job.runMs / this.plan.speed, () => this.#finish(run))
    }
  }

  #stop(run: Run): void {
    run.isOver = true
    this.#running.delete(run.claim.row)
    this.#world.referee.stopped(run.claim.row, this.number, run.startedAtMs)
  }

  #finish(run: Run): void {
    if (run.isOver) return
    this.#stop(run)
    this.#meter.finished()
    this.#outcomes.push(run.claim)
    this.#flush()
    this.#pump()
    this.#look()
  }

  #flush(): void {
    if (this.#flushes >= FLUSHES_MAX || this.#outcomes.length === 0) return this.#leaveWhenIdle()
    const { queue, database, notifier, referee } = this.#world
    const batch = this.#outcomes.splice(0, COMPLETE_MAX)
    this.#flushes += 1
    database.send({
      roundTripMs: this.plan.roundTripMs,
      execute: () => {
        const result = queue.complete(this.number, batch)
        referee.ended(result.ended)
        return result
      },
      rowsOf: () => batch.length,
      reply: ({ ready }) => {
        if (this.#isGone) return
        this.#flushes -= 1
        notifier.tell('ready', ready)
        this.#flush()
      },
    })
  }

  #renew(): void {
    const { loop, leases, leaseMs } = this.#world
    if (this.#isGone) return
    leases.set(this.number, loop.nowMs)
    for (const row of this.#running.keys()) if (row.isCancelAsked) this.cancel(row)
    loop.in(leaseMs / 4, () => this.#renew())
  }

  #handBack(claims: readonly ModelClaim[]): void {
    if (claims.length === 0) return this.#leaveWhenIdle()
    const { queue, database, notifier, referee } = this.#world
    database.send({
      roundTripMs: this.plan.roundTripMs,
      execute: () => {
        const rows = queue.handBack(this.number, claims)
        referee.returned(rows)
        return rows
      },
      rowsOf: (rows) => rows.length,
      reply: (rows) => {
        notifier.tell('returned', [...new Set(rows.map((row) => row.job.tag))])
        this.#leaveWhenIdle()
      },
    })
  }

  #drain(): void {
    if (this.#isGone) return
    this.#isDraining = true
    this.#stopListening()
    this.#handBack(this.#ahead.splice(0))
    this.#world.loop.in(DRAIN_MS, () => {
      if (this.#isGone) return
      const left = [...this.#running.values()]
      for (const run of left) this.#stop(run)
      this.#handBack(left.map((run) => run.claim))
    })
  }

  #leaveWhenIdle(): void {
    if (!this.#isDraining || this.#isClaiming || this.#running.size > 0) return
    if (this.#flushes > 0 || this.#outcomes.length > 0) return
    this.#world.queue.unregister(this.number)
    if (this.#world.queue.isRegistered(this.number)) return
    this.#isGone = true
    this.#world.leases.delete(this.number)
  }

  #crash(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#stopListening()
    for (const run of this.#running.values()) this.#stop(run)
    this.#ahead = []
  }
}
