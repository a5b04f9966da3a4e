import type { Debouncing } from './definition/options.ts'
import type { CallSeed, Entry, FrameSeed, Origin } from './entry.ts'
import type { Json } from './json.ts'
import type { FlowError, ResultRef } from './result-ref.ts'
import type { ModuleEnd, Resumed } from './module-end.ts'

export type { ModuleEnd, Resumed } from './module-end.ts'
export type { FlowError, ResultRef, Taken } from './result-ref.ts'

/**
 * What the rules of flows (`transition`) and the shell that carries them out say to each other. All of it is data.
 *
 * A **frame** is a list of modules that run one after another: the modules of the flow itself, of one iteration of a loop, of one
 * branch. Each frame is a job (`job.kind` `flow` for the flow itself, `flowframe` inside), with one row of state whose size depends
 * on how many modules the frame has and never on how many iterations ran. What a frame starts are its **children**: jobs
 * of steps, and jobs that are frames themselves. A loop whose body is one plain step has no frames: its children are the steps.
 *
 *     event ──► transition(flow, context, state, event, answers)
 *                 ├─► needs: asks ──► the shell answers them, outside any lock, and calls again with all answers so far
 *                 └─► next: state + commands ──► written in the transaction that takes the event away
 *
 * The first event of a frame is `started`, with no state yet.
 *
 * The rules never see a result: they hold references to results (`ResultRef`), and ask for the few values that decide something.
 * Nothing is asked or answered twice within one transition: the shell keeps answers by their slots until it is over.
 */

/** Where the modules of a frame are written: of the flow itself, of the body of a loop, or of one branch. */
export type FramePointer =
  | { readonly kind: 'root' }
  | { readonly kind: 'body'; readonly module: string }
  | { readonly kind: 'branch'; readonly module: string; readonly branch: number | 'default' }

/** Which names an expression can see beside `flow_input`, `flow_env` and `results`. */
export interface Scope {
  readonly previous: ResultRef
  /** `results` of the frame's own modules: what ended so far, in this transition too. Those of the frames around come from their states. */
  readonly ended: Readonly<Record<string, ModuleEnd>>
  /** `result`, and `error` where it failed: of the step or the loop that the expression judges. */
  readonly result?: ResultRef
  /** `error` of the failure module. */
  readonly error?: FlowErrorRef
  /** Of an iteration that runs its step without a frame of its own. */
  readonly iteration?: { readonly module: string; readonly index: number }
  /** Whose payloads are `resume`, `resumes`, `approvers`. */
  readonly resumed?: Resumed
}

/** The error that a run of a step ended with, and the step. */
export interface FlowErrorRef {
  readonly result: ResultRef
  readonly step: string
}

/** An input as OpenFlow has it. */
export type Transform =
  | { readonly type: 'static'; readonly value?: Json | undefined }
  | { readonly type: 'javascript'; readonly expr: string }
  | { readonly type: 'ai' }

/** What a child runs. */
export type Runnable =
  | {
      readonly kind: 'code'
      readonly language: string
      readonly content: string
      readonly lock?: string | undefined
      readonly path?: string | undefined
      readonly tag?: string | undefined
      readonly concurrency?: {
        readonly limit: number
        readonly windowS?: number | undefined
        readonly key?: string | undefined
      }
    }
  | {
      readonly kind: 'script'
      readonly path: string
      readonly hash?: string | undefined
      readonly tag?: string | undefined
    }
  /** The version that serves, where none is said. */
  | { readonly kind: 'flow'; readonly path: string; readonly version?: string | undefined }
  /** A call of the model of an agent; the first one has what the model is told of its tools. */
  | { readonly kind: 'model'; readonly tools?: Json; readonly tag: string | undefined }
  /** A call of a tool of a server that speaks the Model Context Protocol. */
  | { readonly kind: 'mcp'; readonly resource: string; readonly tool: string; readonly tag: string | undefined }

/** What the options of a module say of the job of its step. */
export interface StepOptions {
  readonly timeout?: Transform | undefined
  readonly cacheTtlS?: number | undefined
  readonly deleteAfterS?: number | undefined
  readonly priority?: number | undefined
  readonly debouncing?: Debouncing | undefined
  /** Its own tag wins over that of the flow (`preserve_step_tags`). */
  readonly keepsTag?: boolean | undefined
  readonly together?: Together | undefined
  /** It is a tool, called by the model of an agent. */
  readonly called?: CalledTool | undefined
}

/** Which tool of an agent a job is the call of: its id, the name that the model knows, and of which server. */
export interface CalledTool {
  readonly tool: string
  readonly name: string
  readonly resource?: string | undefined
}

/** Jobs that run on one worker and share a folder. */
export interface Together {
  /** The worker, as the shell calls it. */
  readonly place: string
  /** Begins with the id of the frame that is over when nobody needs the folder any more. */
  readonly folder: string
}

/** What the rules need to know before they can go on. A slot names an ask, and its answer, within one transition. */
export type Ask =
  /** The value of an expression, which decides something: a condition, a number of seconds. */
  | { readonly kind: 'value'; readonly slot: string; readonly transform: Transform; readonly scope: Scope }
  /** A list to go through; the rules learn the length, and further asks of the transition see the items as those of the module. */
  | {
      readonly kind: 'list'
      readonly slot: string
      readonly module: string
      readonly transform: Transform
      readonly scope: Scope
    }
  /** A job made ready to be started: the runnable found, its inputs evaluated. */
  | {
      readonly kind: 'job'
      readonly slot: string
      readonly module: string
      readonly runnable: Runnable
      readonly inputs: Readonly<Record<string, Transform>>
      readonly options: StepOptions
      readonly scope: Scope
    }
  /** Whether a result can be the flow's arguments: an object. Where it can, further asks of the transition see it as these. */
  | { readonly kind: 'input'; readonly slot: string; readonly result: ResultRef }
  /** Which worker this is: jobs that belong together are to run on it. */
  | { readonly kind: 'place'; readonly slot: string }

export type Answer =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'list'; readonly length: number }
  | { readonly kind: 'job' }
  | { readonly kind: 'input' }
  | { readonly kind: 'place'; readonly place: string }
  /** It cannot be answered, and why: an expression that throws, an iterator that is no list, a script that is not there. */
  | { readonly kind: 'failed'; readonly error: FlowError }

/** Answers by slot. */
export type Answers = ReadonlyMap<string, Answer>

/** Who a child is to its frame. */
export interface ChildKey {
  /** Id of the module. */
  readonly module: string
  /** Iteration, branch, or 0. */
  readonly index: number
  /** Runs of it that failed and were tried again. */
  readonly failures: number
}

/** How a child ended. A frame says `stopped` when a `stop_after_if` in it held: the loop around it ends too. */
export interface ChildEnd extends ChildKey {
  readonly job: string
  readonly status: 'success' | 'failure' | 'canceled' | 'skipped'
  readonly stopped?: boolean
}

/** What happened to a frame. Each is delivered until a transition for it is committed, and then never again. */
export type FlowEvent =
  /** A worker has the frame's job in hand for the first time. */
  | { readonly kind: 'started' }
  /** Children ended; several may be told at once. */
  | { readonly kind: 'ended'; readonly children: readonly ChildEnd[] }
  /** The moment that `wake` named has come. */
  | { readonly kind: 'due' }
  /** Somebody answered: how many of the module's events there are now, and whether one of them says no. */
  | { readonly kind: 'resumed'; readonly module: string; readonly approvals: number; readonly isDisapproved: boolean }

/** What is to be done, in the transaction that stores the state. */
export type Command =
  /** Start the job that was made ready under the slot; a flow may begin where another run of it is to be left. */
  | { readonly kind: 'start'; readonly slot: string; readonly child: ChildKey; readonly again?: CallSeed }
  /** Start a frame: `previous` and `resumed` are its context's. */
  | {
      readonly kind: 'startFrame'
      readonly pointer: FramePointer
      readonly child: ChildKey
      readonly previous: ResultRef
      readonly resumed?: Resumed
      readonly together?: Together
      /** It repeats a frame of an earlier run, and begins where that one is to be left. */
      readonly seed?: FrameSeed
    }
  /** Keep the items of a list for the iterations to come. */
  | { readonly kind: 'keepList'; readonly slot: string; readonly module: string }
  /** Take the result that was asked about under the slot for the arguments of the flow, in place of those it was called with. */
  | { readonly kind: 'keepInput'; readonly slot: string }
  /** Callers who wait for the flow need not wait longer: this is what they get. */
  | { readonly kind: 'returnEarly'; readonly result: ResultRef }
  /**
   * A `due` event after so long, in place of the one that was asked for before; undefined: none. With a random factor (0 to 1) the
   * shell draws the delay evenly from `afterMs · (1 ± randomFactor)`.
   */
  | { readonly kind: 'wake'; readonly afterMs: number | undefined; readonly randomFactor?: number }
  /** Events are welcome from now on: who may send them and what they are asked. */
  | { readonly kind: 'expectEvents'; readonly module: string; readonly required: number; readonly suspend: Json }
  | { readonly kind: 'expectNoEvents'; readonly module: string }
  /** The frame is over; nothing of it is under way any more. */
  | { readonly kind: 'finish'; readonly end: FrameEnd }

/** How a frame ends. */
export interface FrameEnd {
  readonly status: 'success' | 'failure' | 'skipped'
  readonly result: ResultRef
  readonly stopped: boolean
  /** The step that failed: `error.step_id` of the result where that has none. Absent where a failure module gave the result. */
  readonly step?: string
}

/** What a frame remembers: positions, counts and ids. */
export interface FrameState {
  /** Modules of the frame that ended before the one under way; `failure` and `preprocessor` are at -1. */
  readonly at: number
  /** The result before the module under way. */
  readonly previous: ResultRef
  /** By id of module. */
  readonly ended: Readonly<Record<string, ModuleEnd>>
  /** The module under way, by what its kind and its options remember. */
  readonly current: ModuleState | undefined
  /** The step that made the flow fail, while and after its failure module runs. */
  readonly failed?: FlowErrorRef
  /** Whose events came last; of the frames around it where none came in it. */
  readonly resumed?: Resumed
  /** Of a flow whose steps all run on one worker. */
  readonly together?: Together
  /** The module that comes next begins in the middle. */
  readonly entry?: Entry
  /** Of a run that repeats another: which, and where it began. */
  readonly origin?: Origin
  readonly isOver: boolean
}

/** What a module under way remembers. Where it awaits events or sleeps it is in `ended` already, and the next one has not begun. */
export interface ModuleState {
  readonly module: string
  /** In it, between two of its runs, or after it: until its events have come, until its sleep is over. */
  readonly phase: 'running' | 'retrying' | 'awaiting' | 'sleeping'
  /** Runs of it that failed and were tried again. */
  readonly failures: number
  /** What its kind remembers. */
  readonly cursor: Json
  /** The events that came for it so far, where it has `suspend`: they may come while it runs. */
  readonly events?: { readonly approvals: number; readonly isDisapproved: boolean }
}

/** What the rules must know of a frame beside its state; it never changes. */
export interface FrameContext {
  /** Id of the frame's job. */
  readonly id: string
  readonly pointer: FramePointer
  /** Of an iteration: which. */
  readonly index: number | undefined
  /** The result before the first module: of a flow its arguments, else `previous` of the command that started the frame. */
  readonly before: ResultRef
  /** Whose events came last before it. */
  readonly resumed?: Resumed
  /** What it is inside of belongs together, and so do its children. */
  readonly together?: Together
  /** Whether the flow was started by a trigger, so that its preprocessor runs. */
  readonly isTriggered: boolean
}

export type Transition =
  | { readonly kind: 'needs'; readonly asks: readonly Ask[] }
  | { readonly kind: 'next'; readonly state: FrameState; readonly commands: readonly Command[] }
