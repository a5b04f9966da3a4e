import type { Logger } from '@millrace/base/logger'
import { LruMap } from '../../lru-map.ts'
import { planKey, type LaunchContext, type LaunchPlan, type RunEnd, type RunRequest } from '../launch-context.ts'
import type { WarmPool, WarmProcess } from '../warm-memory.ts'
import { DedicatedJob } from './dedicated-job.ts'
import { DedicatedProcess } from './dedicated-process.ts'
import type { WindowTimes } from './window-size.ts'

const LOOK_MS = 10
const SCRIPTS_KEPT = 1000

/** How many processes there are of one plan at the most, and how long one waits for a job. */
export interface DedicatedPoolOptions {
  readonly sizeMax: number
  readonly idleMs: number
  readonly window: WindowTimes
}

/** What a run of a script can be told. */
export interface DedicatedRun {
  readonly ended: Promise<RunEnd>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** The processes of one plan, and the jobs that none of them has room for. */
interface Shelf {
  readonly plan: LaunchPlan
  readonly processes: DedicatedProcess[]
  starting: number
  readonly line: DedicatedJob[]
  readonly idleSinceMs: WeakMap<DedicatedProcess, number>
}

/**
 * Processes of scripts that have their own. A job goes to one that is idle, or to a new one while there may be more, or behind the jobs
 * of one that has room (`DedicatedProcess.places`), or waits in line. What is idle for `idleMs` goes.
 */
export class DedicatedPool implements WarmPool {
  readonly #context: LaunchContext
  readonly #log: Logger
  readonly #options: DedicatedPoolOptions
  readonly #shelves = new Map<string, Shelf>()
  /** Where the jobs of a script went last, by what the caller calls it. */
  readonly #byScript = new LruMap<string, Shelf>(SCRIPTS_KEPT)
  readonly #sweep: NodeJS.Timeout
  #isLooking = false
  #isStopped = false

  constructor(context: LaunchContext, log: Logger, options: DedicatedPoolOptions) {
    this.#context = context
    this.#log = log
    this.#options = options
    this.#sweep = setInterval(() => this.#forgetIdle(), Math.min(60_000, options.idleMs / 2)).unref()
  }

  /** How many jobs of a script may wait behind those that its processes run. */
  places(script: string): number {
    const processes = this.#byScript.get(script)?.processes ?? []
    const nowMs = performance.now()
    return processes.reduce((sum, process) => sum + process.places(nowMs), 0)
  }

  run(plan: LaunchPlan, request: RunRequest): DedicatedRun {
    const shelf = this.#shelf(plan)
    if (request.dedicatedTo !== undefined) this.#byScript.set(request.dedicatedTo, shelf)
    const job = new DedicatedJob(plan, request)
    if (shelf.line.length > 0 || !this.#place(shelf, job)) {
      job.wait()
      shelf.line.push(job)
      this.#grow(shelf)
    }
    return { ended: job.ended, kill: (signal) => this.#kill(shelf, job, signal) }
  }

  /** Gives back all jobs that have not begun. */
  recall(): void {
    for (const { line, processes } of this.#shelves.values()) {
      for (const job of line.splice(0)) job.giveBack()
      for (const process of processes) process.recall()
    }
  }

  waiting(): readonly WarmProcess[] {
    return [...this.#shelves.values()].flatMap((shelf) =>
      shelf.processes
        .filter((process) => process.isIdle)
        .map((process) => ({
          usedAtMs: shelf.idleSinceMs.get(process) ?? 0,
          memoryBytes: () => process.memoryBytes(),
          letGo: () => {
            if (process.isIdle) this.#discard(shelf, process)
          },
        })),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#sweep)
    await Promise.all([...this.#shelves.values()].flatMap(({ processes }) => processes.map((each) => each.stop())))
  }

  /** Sends a job to whoever is idle, else behind the fewest; false where there is no room. */
  #place(shelf: Shelf, job: DedicatedJob): boolean {
    const idle = shelf.processes.findLast((process) => process.isIdle)
    const process = idle ?? (this.#mayGrow(shelf) ? undefined : findRoom(shelf.processes))
    if (!process) return false
    if (!idle) job.wait()
    process.send(job)
    if (!idle) this.#lookSoon()
    return true
  }

  /** One process for each job in line that none is started for. */
  #grow(shelf: Shelf): void {
    while (shelf.starting < shelf.line.length && this.#mayGrow(shelf)) {
      shelf.starting += 1
      void this.#start(shelf)
    }
  }

  #mayGrow({ processes, starting }: Shelf): boolean {
    return processes.length + starting < this.#options.sizeMax && !this.#isStopped
  }

  async #start(shelf: Shelf): Promise<void> {
    try {
      const process = await DedicatedProcess.start(this.#context, shelf.plan, this.#options.window)
      shelf.starting -= 1
      if (this.#isStopped) return await process.stop()
      shelf.processes.push(process)
      process.listen(() => this.#changed(shelf, process))
      this.#changed(shelf, process)
    } catch (error) {
      shelf.starting -= 1
      // Whoever waits for it is told; where others serve the script, they serve on.
      shelf.line.shift()?.fail(error)
      this.#fill(shelf)
    }
  }

  #changed(shelf: Shelf, process: DedicatedProcess): void {
    if (process.isDead) this.#discard(shelf, process)
    else if (process.isIdle) shelf.idleSinceMs.set(process, performance.now())
    if (process.needsLooks) this.#lookSoon()
    this.#fill(shelf)
  }

  #fill(shelf: Shelf): void {
    for (let [job] = shelf.line; job && this.#place(shelf, job); [job] = shelf.line) shelf.line.shift()
    this.#grow(shelf)
  }

  #kill({ line, processes }: Shelf, job: DedicatedJob, signal: 'SIGTERM' | 'SIGKILL'): void {
    const at = line.indexOf(job)
    if (at >= 0) line.splice(at, 1)
    if (at >= 0) return job.giveBack()
    for (const process of processes) if (process.has(job)) process.kill(job, signal)
  }

  /** Looks at processes with jobs in a row while there are any: one timer for all of them. */
  #lookSoon(): void {
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    setTimeout(() => {
      this.#isLooking = false
      const nowMs = performance.now()
      const processes = [...this.#shelves.values()].flatMap((shelf) => shelf.processes)
      for (const process of processes) process.look(nowMs)
      if (processes.some((process) => process.needsLooks)) this.#lookSoon()
    }, LOOK_MS)
  }

  #shelf(plan: LaunchPlan): Shelf {
    const key = planKey(plan)
    const shelf = this.#shelves.get(key) ?? { plan, processes: [], starting: 0, line: [], idleSinceMs: new WeakMap() }
    this.#shelves.set(key, shelf)
    return shelf
  }

  #forgetIdle(): void {
    const overSinceMs = performance.now() - this.#options.idleMs
    for (const [key, shelf] of this.#shelves) {
      for (const process of shelf.processes.filter(({ isIdle }) => isIdle))
        if ((shelf.idleSinceMs.get(process) ?? 0) < overSinceMs) this.#discard(shelf, process)
      if (shelf.processes.length + shelf.starting + shelf.line.length === 0) this.#shelves.delete(key)
    }
  }

  #discard(shelf: Shelf, process: DedicatedProcess): void {
    const at = shelf.processes.indexOf(process)
    if (at < 0) return
    shelf.processes.splice(at, 1)
    process.stop().catch((error: unknown) => this.#log.warn({ err: error }, 'a dedicated process did not stop'))
  }
}

/** The one with the fewest jobs before it, of those that have room for one more. */
function findRoom(processes: readonly DedicatedProcess[]): DedicatedProcess | undefined {
  const nowMs = performance.now()
  const open = processes.filter((process) => process.load > 0 && process.load <= process.places(nowMs))
  return open.reduce<DedicatedProcess | undefined>(
    (best, next) => (best && best.load <= next.load ? best : next),
    undefined,
  )
}
