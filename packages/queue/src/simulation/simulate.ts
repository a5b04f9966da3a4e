import { EventLoop } from './event-loop.ts'
import { LineWatch } from './line-watch.ts'
import { ModelDatabase } from './model-database.ts'
import { ModelNotifier } from './model-notifier.ts'
import { ModelQueue, type ModelQueueOptions } from './model-queue.ts'
import { ModelWorker, type WorkerPlan, type World } from './model-worker.ts'
import type { ModelJob, QueueRow } from './queue-row.ts'
import { Referee } from './referee.ts'

const PROMOTE_MAX = 1000
/** How often keys are looked at for windows that have passed. */
const WINDOWS_MS = 1000
const WATCH_MS = 1000
const LEASE_MS = 20_000

/** Jobs that are asked for together, and which of them are cancelled how much later. */
export interface Batch {
  readonly atMs: number
  readonly jobs: readonly ModelJob[]
  readonly cancels?: readonly { readonly index: number; readonly afterMs: number }[]
}

/** A whole simulation. Everything follows from it: the same plan gives the same history. */
export interface Plan {
  readonly workers: readonly WorkerPlan[]
  /** In the order of their times. */
  readonly batches: Iterable<Batch>
  readonly weightOf?: (tenant: string) => number
  /** Claims and completions of so many jobs are what the database can do in a second. */
  readonly databaseJobsPerS: number
  readonly leaseMs?: number
  /** The line whose shares are looked at. */
  readonly watched: { readonly tag: string; readonly priority: number }
  /** What has not ended by then is lost. */
  readonly untilMs?: number
  /** A queue with a rule that is broken on purpose. */
  readonly makeQueue?: (options: ModelQueueOptions) => ModelQueue
}

/** What was seen. */
export interface Report {
  readonly faults: readonly string[]
  readonly digest: string
  readonly referee: Referee
  readonly watch: LineWatch
  readonly workers: readonly ModelWorker[]
  readonly simulatedMs: number
  readonly events: number
}

/** Runs a plan until every job has ended. */
export function simulate(plan: Plan): Report {
  const loop = new EventLoop()
  const options = { nowMs: () => loop.nowMs, weightOf: plan.weightOf ?? (() => 1) }
  const queue = plan.makeQueue?.(options) ?? new ModelQueue(options)
  const watch = new LineWatch(queue.lines, plan.watched)
  const referee = new Referee(loop, queue.lines, watch)
  const world: World = {
    loop,
    queue,
    database: new ModelDatabase(loop, plan.databaseJobsPerS),
    notifier: new ModelNotifier(loop),
    referee,
    leaseMs: plan.leaseMs ?? LEASE_MS,
    leases: new Map(),
  }
  const workers = plan.workers.map((worker, index) => new ModelWorker(world, index + 1, worker))
  for (const worker of workers) loop.at(worker.plan.joinAtMs, () => worker.start())

  const keeper = new ModelKeeper(world)
  keeper.start()
  const users = new ModelUsers(world, workers, keeper)
  users.start(plan.batches)
  const look = () => {
    watch.look()
    loop.in(WATCH_MS, look)
  }
  look()

  loop.run(() => users.areDone && queue.size === 0, plan.untilMs ?? Infinity)
  referee.judgeEnd(queue.size, queue.keys.held())
  return {
    faults: referee.faults,
    digest: referee.digest(),
    referee,
    watch,
    workers,
    simulatedMs: loop.nowMs,
    events: loop.count,
  }
}

/** Those who ask for jobs and cancel them. */
class ModelUsers {
  readonly #world: World
  readonly #workers: readonly ModelWorker[]
  readonly #keeper: ModelKeeper
  areDone = false

  constructor(world: World, workers: readonly ModelWorker[], keeper: ModelKeeper) {
    this.#world = world
    this.#workers = workers
    this.#keeper = keeper
  }

  start(batches: Iterable<Batch>): void {
    const next = batches[Symbol.iterator]()
    const ask = () => {
      const { done, value } = next.next()
      if (done) {
        this.areDone = true
        return
      }
      this.#world.loop.at(value.atMs, () => {
        this.#enqueue(value)
        ask()
      })
    }
    ask()
  }

  #enqueue({ jobs, cancels }: Batch): void {
    const { loop, queue, notifier, referee } = this.#world
    const rows = queue.enqueue(jobs)
    referee.accepted(rows)
    const ready = rows.flatMap((row) => (row.state === 'ready' ? [row.job.tag] : []))
    notifier.tell('ready', [...new Set(ready)])
    this.#keeper.planPromotion()
    for (const { index, afterMs } of cancels ?? []) {
      const row = rows[index]
      if (row) loop.in(afterMs, () => this.#cancel(row))
    }
  }

  #cancel(row: QueueRow): void {
    const { queue, notifier, referee } = this.#world
    const { ended, asked, ready } = queue.cancel([row])
    referee.ended(ended)
    notifier.tell('ready', ready)
    for (const each of asked) this.#workers[(each.worker ?? 0) - 1]?.cancel(each)
  }
}

/** The duties that move jobs. */
class ModelKeeper {
  readonly #world: World
  #promotesAtMs = Infinity

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    this.#rescue()
    this.#freeWindows()
  }

  planPromotion(): void {
    const { loop, queue } = this.#world
    const dueAtMs = queue.nextDueAtMs ?? Infinity
    if (dueAtMs >= this.#promotesAtMs) return
    const atMs = Math.max(dueAtMs, loop.nowMs)
    this.#promotesAtMs = atMs
    loop.at(atMs, () => {
      if (this.#promotesAtMs !== atMs) return
      this.#promotesAtMs = Infinity
      this.#world.notifier.tell('ready', queue.promote(PROMOTE_MAX))
      this.planPromotion()
    })
  }

  #rescue(): void {
    const { loop, queue, notifier, referee, leases, leaseMs } = this.#world
    for (const [worker, renewedAtMs] of leases) {
      if (renewedAtMs >= loop.nowMs - leaseMs) continue
      leases.delete(worker)
      const { requeued, ended, ready } = queue.rescue(worker)
      referee.returned(requeued)
      referee.ended(ended)
      notifier.tell('returned', [...new Set(requeued.map((row) => row.job.tag))])
      notifier.tell('ready', ready)
    }
    loop.in(leaseMs / 8, () => this.#rescue())
  }

  #freeWindows(): void {
    const { loop, queue, notifier } = this.#world
    notifier.tell('ready', queue.settle(queue.keys.passed()))
    loop.in(WINDOWS_MS, () => this.#freeWindows())
  }
}
