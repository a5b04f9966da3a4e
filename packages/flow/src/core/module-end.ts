import type { ResultRef, Taken } from './result-ref.ts'

/** How a module ended. */
export interface ModuleEnd {
  readonly status: 'success' | 'failure'
  readonly result: ResultRef
  readonly isSkipped?: boolean
  /** Of a branchone: which it took. */
  readonly branch?: number | 'default'
  /** Runs that failed before. */
  readonly failures?: number
  /** Of one that failed after it had begun in the middle: what was taken over. */
  readonly taken?: readonly Taken[]
}

/** The module that last waited for events, and the frame that it is in. */
export interface Resumed {
  readonly frame: string
  readonly module: string
}
