import type { FlowModule } from '../core/definition/flow-module.ts'
import type { ParsedFlow } from '../core/definition/parse-flow.ts'
import type { OldFrame, OldRun } from './old-run.ts'

/** What a frame of an earlier run is continued by. */
export interface SeedTerms {
  /** What runs now; it may be edited. */
  readonly flow: ParsedFlow
  readonly run: OldRun
  /** Steps whose results are written into the flow. */
  readonly pinned: ReadonlySet<string>
}

/** A module of a frame of an earlier run. */
export interface AtModule {
  readonly frame: OldFrame
  readonly module: FlowModule
}
