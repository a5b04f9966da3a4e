import type { OutcomeStatus } from '../../states.ts'

/** A job that a client asked for, as far as rules speak of it. */
export interface AskedJob {
  readonly id: string
  /** From the call on, by the database's clock; 0 is at once. */
  readonly dueInMs: number
  readonly attemptsMax: number
  readonly parent?: string | undefined
  /** Jobs of `key` that may hold a slot at once. */
  readonly limit?: { readonly key: string; readonly slots: number } | undefined
}

/** What happened. Those of the database itself (`claim`, `release`, `end`) stand in the history in the order of its notes. */
export type Fact =
  /** A client asked for jobs; `unknown` is a call that was never answered, or answered that the database is away. */
  | { readonly op: 'enqueue'; readonly jobs: readonly AskedJob[]; readonly answer: 'done' | 'refused' | 'unknown' }
  /** A client asked for jobs to be ended; without an answer it does not know what came of it. */
  | { readonly op: 'cancel'; readonly ids: readonly string[]; readonly force: boolean; readonly answer?: CancelAnswer }
  /** A client read an outcome; `digest` stands for all of it. */
  | { readonly op: 'see'; readonly id: string; readonly digest: string; readonly logged: number }
  /** A client read at the end that these were not over. */
  | { readonly op: 'left'; readonly ids: readonly string[] }
  /** A worker that claims jobs of the tags was started, by that process. */
  | { readonly op: 'join'; readonly tags: readonly string[] }
  /** A worker began to run a job. */
  | { readonly op: 'start'; readonly id: string; readonly attempt: number }
  /** A worker asked for an outcome to be written, and was told whether its fence held. */
  | ({ readonly op: 'complete'; readonly id: string; readonly attempt: number } & Completed)
  /** A worker noticed that its lease is lost. */
  | { readonly op: 'notice' }
  /** The nemesis took a worker away: killed, frozen, or cut off. */
  | { readonly op: 'lose' }
  /** A worker was told to start nothing more. */
  | { readonly op: 'drain' }
  /** The database gave a job to a worker. */
  | { readonly op: 'claim'; readonly id: string; readonly attempt: number; readonly tag: string }
  /** The database took a job from a worker, back into the queue. */
  | { readonly op: 'release'; readonly id: string; readonly attempt: number }
  /** The database wrote an outcome; `who` is the worker, or nobody. */
  | { readonly op: 'end'; readonly id: string; readonly attempt: number; readonly status: OutcomeStatus }

interface Completed {
  readonly status: OutcomeStatus
  /** Characters of the run's log. */
  readonly logged: number
  readonly answer: 'written' | 'stale'
}

/** Both as `Queue.requestCancel` says. */
export interface CancelAnswer {
  readonly asked: readonly string[]
  readonly ended: readonly string[]
}

/** Who says it, and between which instants it happened, in milliseconds of one clock that nobody shifts. */
export type Entry = Fact & { readonly who: string; readonly fromMs: number; readonly toMs: number }

/** An entry of one kind. */
export type EntryOf<Op extends Fact['op']> = Extract<Entry, { readonly op: Op }>

/** Who writes outcomes that no worker wrote. */
export const NOBODY = ''

/** What happened, append-only. */
export class History {
  readonly #entries: Entry[] = []

  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(...entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry)
  }

  /** Notes an instant. */
  note(who: string, fact: Fact): void {
    const atMs = steadyMs()
    this.add({ ...fact, who, fromMs: atMs, toMs: atMs })
  }

  /** Notes a call, from before it until after it; a call that throws is noted by what `failed` makes of its error. */
  async call<T>(who: string, work: () => Promise<T>, told: { done(value: T): Fact; failed(error: unknown): Fact }) {
    const fromMs = steadyMs()
    try {
      const value = await work()
      this.add({ ...told.done(value), who, fromMs, toMs: steadyMs() })
      return value
    } catch (error) {
      this.add({ ...told.failed(error), who, fromMs, toMs: steadyMs() })
      throw error
    }
  }
}

/** Milliseconds of the clock that all processes of a machine share and that `Date` has no part in. */
export function steadyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** What to add to milliseconds since the epoch to have those of `steadyMs`. */
export function epochToSteadyMs(): number {
  return steadyMs() - (performance.timeOrigin + performance.now())
}
