import type { z } from 'zod'
import type { FlowModule, StepValue } from '../definition/flow-module.ts'
import type { Entry } from '../entry.ts'
import type { Json } from '../json.ts'
import type { ChildEnd, FrameEnd, ResultRef, Runnable, Scope, Taken, Together, Transform } from '../protocol.ts'
import type { Rule, Turn } from '../turn.ts'

/**
 * A kind of step: how it is written in a flow, and what happens while it runs. `Value` is what stands under `value` of a module
 * of this kind. Both rules are pure; what they need to know they ask of the turn. `testStepKind` (`suite.ts`) holds what is
 * promised here. docs/adding-a-step-kind.md is the way through.
 */
export interface StepKind<Value extends StepValue = StepValue> {
  /** The `type` in OpenFlow; permanent, for it is stored with flows. */
  readonly id: Value['type']
  readonly info: StepKindInfo
  /** `modules` is the schema of a list of modules, for kinds that have some inside. */
  definition(modules: ModuleList): z.ZodType<Value>
  /** The lists of modules inside, each of which a frame may run. */
  bodies(value: Value): readonly Body[]
  /** Modules inside that are in no frame: the kind starts their jobs itself. */
  tools?(value: Value): readonly ToolModule[]
  /** Options for jobs that it passes on to those that it starts, though it is none itself. */
  readonly passesOn?: readonly string[]
  /** Whether a failure module and a preprocessor may be of this kind. */
  readonly mayStandApart?: boolean
  /** Whether it goes through several children, so that `stop_after_all_iters_if` is for it. */
  readonly isRepeating?: boolean
  /** Whether `stop_after_if` is judged by the kind itself, after each iteration. */
  judgesStops?(value: Value): boolean
  /** How a run of it may begin in the middle: with the results of some of its children, in one of its branches, or inside of what it calls. */
  readonly entry?:
    | { readonly kind: 'children'; skipsFailure(value: Value, index: number): boolean }
    | { readonly kind: 'branch' }
    | { readonly kind: 'call' }
  /** What a run of it starts with. */
  start(run: ModuleRun<Value>): Rule<StepProgress>
  /** Children of this run ended: none is told twice, and none of another run. */
  onEnded(run: ModuleRun<Value>, cursor: Json, children: ChildEnds): Rule<StepProgress>
  /** Of kinds that are one job: the job, so that a loop may have it as its child without a frame between. */
  readonly job?: StepJob<Value>
}

/** One child at least. */
export type ChildEnds = readonly [ChildEnd, ...ChildEnd[]]

/** What editors show; a default card is drawn from it. */
export interface StepKindInfo {
  readonly label: string
  readonly description: string
}

export type ModuleList = z.ZodType<readonly FlowModule[]>

/** A list of modules inside a module. */
export interface Body {
  readonly branch?: number | 'default'
  readonly modules: readonly FlowModule[]
}

/** A module that is a tool, and its place among the tools. */
export interface ToolModule {
  readonly module: FlowModule
  readonly position: number
}

/** What a kind that is one job runs. */
export interface StepJob<Value extends StepValue = StepValue> {
  runnable(value: Value, entry?: Entry): Runnable
  inputs(value: Value): Readonly<Record<string, Transform>>
}

/** One run of a module, as its kind sees it. */
export interface ModuleRun<Value extends StepValue = StepValue> {
  readonly turn: Turn
  readonly module: FlowModule
  readonly value: Value
  /** Runs of it that failed before this one. */
  readonly failures: number
  readonly scope: Scope
  /** What its children belong to, if to anything. */
  readonly together: Together | undefined
  /** Where it begins, if that is in the middle; the first run only. */
  readonly entry?: Entry
}

/** How far a run is. */
export type StepProgress =
  /** Children are under way. The cursor is kept with the frame's state: its size must not depend on how many children ran. */
  | { readonly kind: 'waiting'; readonly cursor: Json }
  | { readonly kind: 'succeeded'; readonly result: ResultRef; readonly branch?: number | 'default' }
  | StepFailure
  /** The frame is over with it: something inside said stop. */
  | { readonly kind: 'over'; readonly end: FrameEnd }

/** `result` holds `{error}`; `step` is the module that failed, which may lie inside. A final failure is not tried again. */
export interface StepFailure {
  readonly kind: 'failed'
  readonly result: ResultRef
  readonly step: string
  readonly isFinal?: boolean
  /** Children of earlier runs that stood for some of its own. */
  readonly taken?: readonly Taken[]
}
