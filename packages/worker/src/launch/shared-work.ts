import type { RunOutcome } from './outcome.ts'
import { failed } from './outcome.ts'

/** Where a step's output lies, or why there is none. */
export type StepAnswer =
  | { readonly ok: true; /** The kept file or folder. */ readonly path: string }
  | { readonly ok: false; readonly outcome: RunOutcome }

/** A job that waits for a step. */
export interface Waiter {
  readonly signal?: AbortSignal | undefined
  onLog(text: string): void
}

/** A step under way, shared by the jobs that wait for it: each hears its log, and it is ended when nobody waits any more. */
export class SharedWork {
  readonly #waiters = new Set<Waiter>()
  readonly #stop = new AbortController()
  readonly #answer: Promise<StepAnswer>

  constructor(work: (signal: AbortSignal, onLog: (text: string) => void) => Promise<StepAnswer>) {
    this.#answer = work(this.#stop.signal, (text) => {
      for (const waiter of this.#waiters) waiter.onLog(text)
    })
    // Whoever waits is told; there may be nobody left.
    this.#answer.catch(() => undefined)
  }

  /** Nobody waits for it any more, so that it may end without an answer. */
  get isAbandoned(): boolean {
    return this.#stop.signal.aborted
  }

  get answer(): Promise<StepAnswer> {
    return this.#answer
  }

  async wait(waiter: Waiter): Promise<StepAnswer> {
    this.#waiters.add(waiter)
    try {
      return await Promise.race([this.#answer, abortOf(waiter.signal)])
    } finally {
      this.#waiters.delete(waiter)
      if (this.#waiters.size === 0) this.#stop.abort()
    }
  }
}

function abortOf(signal: AbortSignal | undefined): Promise<StepAnswer> {
  const answer = { ok: false, outcome: failed('Canceled', 'the job was ended while its packages were made') } as const
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(answer)
    else signal?.addEventListener('abort', () => resolve(answer), { once: true })
  })
}
