import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { newId } from '@millrace/base/ids'
import type { Entry, History } from './history/history.ts'
import { shiftClock } from './nemesis/shift-clock.ts'
import type { WorkerOrder } from './recorded-consumer.ts'

const PROGRAM = new URL('./crash-worker.ts', import.meta.url).pathname

/** What worker processes are told, and how their clocks go wrong. */
export interface WorkerPlan extends Omit<WorkerOrder, 'id'> {
  readonly clockShiftMs?: number
}

interface Line {
  readonly entry?: Entry
  readonly word?: 'ready' | 'lost' | 'told'
  readonly nowMs?: number
}

/** A worker in a process of its own, which tests may kill, freeze and cut off; what it says goes to the history. */
export class WorkerProcess {
  readonly id: string
  readonly tags: readonly string[]
  /** Resolves when it claims, with what its clock says. */
  readonly ready: Promise<number>
  /** Resolves when it has noticed that its lease is lost. */
  readonly lost: Promise<void>
  /** Resolves when it has ended and all that it said is in the history. */
  readonly exited: Promise<unknown>
  readonly #child: ChildProcess
  readonly #history: History
  #isReady = false
  #hasLost = false
  #hasExited = false

  constructor({ clockShiftMs = 0, ...plan }: WorkerPlan, history: History) {
    this.id = newId()
    this.tags = plan.tags
    this.#history = history
    history.note(this.id, { op: 'join', tags: plan.tags })
    const told: WorkerOrder = { ...plan, id: this.id }
    const options = ['--conditions=source', ...shiftClock(clockShiftMs), PROGRAM, JSON.stringify(told)]
    this.#child = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] })
    // A killed child breaks the pipe; its exit says all that matters.
    this.#child.stdin?.on('error', () => {})
    const ready = Promise.withResolvers<number>()
    const lost = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.lost = lost.promise
    this.ready.catch(() => undefined)
    this.exited = once(this.#child, 'close').then(() => {
      this.#hasExited = true
      ready.reject(new Error(`worker ${this.id} ended before it was ready`))
    })
    if (!this.#child.stdout) return
    createInterface(this.#child.stdout).on('line', (text) => {
      const { entry, word, nowMs } = parse(text)
      if (entry) history.add(entry)
      if (word === 'lost') {
        this.#hasLost = true
        history.note(this.id, { op: 'notice' })
        lost.resolve()
      }
      if (word !== 'ready') return
      this.#isReady = true
      ready.resolve(nowMs ?? Number.NaN)
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isWorking(): boolean {
    return this.#isReady && !this.#hasLost && !this.#hasExited
  }

  /** Its lease was lost, and it said so. */
  get hasLost(): boolean {
    return this.#hasLost
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** Takes it away for good. */
  async kill(): Promise<void> {
    this.lose()
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** Lets it finish what it runs, and waits for its end. */
  async drain(): Promise<void> {
    this.#child.kill(this.#isReady ? 'SIGTERM' : 'SIGKILL')
    await this.exited
  }

  freeze(): void {
    this.lose()
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Notes that from here on its jobs may be taken from it. */
  lose(): void {
    this.#history.note(this.id, { op: 'lose' })
  }
}

/** A line that a kill has cut in two says nothing. */
function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return {}
  }
}
