import type { ModuleEnd, Resumed } from './module-end.ts'
import type { ResultRef, Taken } from './result-ref.ts'

/** A module that begins in the middle, with what an earlier run of it gave. */
export interface Entry {
  readonly module: string
  /** The branch that it takes, where it takes one. */
  readonly branch?: number | 'default'
  /** Children that are taken over, and do not run. */
  readonly taken: readonly Taken[]
  /** How the frames of others begin, by index; of the only child 0. */
  readonly inside: Readonly<Record<string, FrameSeed>>
  /** Of a step that calls a flow: which it calls again, to begin as `inside` says of the only child. */
  readonly called?: CalledAgain
}

/** A flow that is called again, and begins in the middle. */
export interface CalledAgain {
  /** Of its document, as flows are pinned to. */
  readonly version: string
  readonly origin: Origin
}

/** How the run of a called flow begins. */
export interface CallSeed {
  readonly seed: FrameSeed
  readonly origin: Origin
}

/** How a frame begins that repeats one of an earlier run. */
export interface FrameSeed {
  /** Modules that are taken over. */
  readonly at: number
  readonly ended: Readonly<Record<string, ModuleEnd>>
  /** The result before the module that it begins with; undefined: what comes before the frame. */
  readonly previous?: ResultRef
  readonly resumed?: Resumed
  readonly entry?: Entry
}

/** The run that another one repeats, and the step that this one began with. */
export interface Origin {
  readonly job: string
  readonly step: string
  readonly n?: number
}
