/** Children of an earlier run of a module that stand for those of this one: with the indices from `from` on, `until` not among them. */
export interface Taken {
  readonly frame: string
  readonly failures: number
  readonly from: number
  readonly until: number
}

/** A result, by where it lies. Frames and jobs are named by the ids of their jobs. */
export type ResultRef =
  /** What a job gave; the error of a step that failed names the step (`error.step_id`). */
  | { readonly kind: 'job'; readonly id: string }
  /** What the children of one run of a module gave (`failures` as in their keys), in the order of their indices. */
  | {
      readonly kind: 'children'
      readonly frame: string
      readonly module: string
      readonly failures: number
      readonly count: number
      /** Those that children of earlier runs stand for. */
      readonly taken?: readonly Taken[]
    }
  /** The arguments of the flow that the frame belongs to. */
  | { readonly kind: 'input'; readonly frame: string }
  /** The value that an iteration is about: of the list kept for the loop `module` of `frame`; in a while loop its index. */
  | { readonly kind: 'item'; readonly frame: string; readonly module: string; readonly index: number }
  /** The result that is written into the flow (`mock`). */
  | { readonly kind: 'mock'; readonly module: string }
  /** `{error}` of something that failed without a job of its own; `result` is what clients read as `error.result`. */
  | { readonly kind: 'error'; readonly error: FlowError; readonly result?: ResultRef }
  | { readonly kind: 'null' }

/** What clients read under `error`. */
export interface FlowError {
  readonly name: string
  readonly message: string
  readonly step_id?: string
}
