import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { newId } from '@millrace/base/ids'

const PROGRAM = new URL('./crash-worker.ts', import.meta.url).pathname

/** What a worker process is told; `id` is its identity in the queue. */
export interface WorkerOrder {
  readonly id: string
  readonly url: string
  readonly tag: string
  readonly slots: number
  readonly leaseMs: number
}

/** A worker in a process of its own, which tests may kill and stop. */
export class WorkerProcess {
  readonly id: string
  /** Resolves when it claims. */
  readonly ready: Promise<void>
  /** Resolves when it has noticed that its lease is lost. */
  readonly lost: Promise<void>
  readonly exited: Promise<unknown>
  readonly #child: ChildProcess
  #isReady = false
  #hasExited = false

  constructor(order: Omit<WorkerOrder, 'id'>) {
    this.id = newId()
    const told: WorkerOrder = { ...order, id: this.id }
    this.#child = spawn(process.execPath, ['--conditions=source', PROGRAM, JSON.stringify(told)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    // A killed child breaks the pipe; its exit says all that matters.
    this.#child.stdin?.on('error', () => {})
    this.exited = once(this.#child, 'exit').then(() => (this.#hasExited = true))
    const ready = Promise.withResolvers<void>()
    const lost = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.lost = lost.promise
    if (!this.#child.stdout) return
    createInterface(this.#child.stdout).on('line', (line) => {
      if (line === 'lost') lost.resolve()
      if (line !== 'ready') return
      this.#isReady = true
      ready.resolve()
    })
  }

  get isWorking(): boolean {
    return this.#isReady && !this.#hasExited
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  /** Sends the signal; for one that ends the process, await `exited`. */
  signal(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }
}
