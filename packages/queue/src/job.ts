import type { RetryPolicy } from '@millrace/base/retry'
import type { OutcomeStatus } from './states.ts'

/** At most `limit` jobs of a key hold a slot: those that are ready or run, and those that began less than `windowS` seconds ago. */
export interface ConcurrencyLimit {
  readonly key: string
  readonly limit: number
  readonly windowS?: number | undefined
}

/** Calls with the same key within `delayS` of each other become one job, the last one, run when it has been quiet so long. */
export interface Debounce {
  readonly key: string
  readonly delayS: number
  /** Arguments (arrays) whose elements are gathered from all the calls. */
  readonly accumulate?: readonly string[] | undefined
  /** Seconds after the first call at which it runs although it is not quiet. */
  readonly totalS?: number | undefined
  /** Calls after which it runs although it is not quiet. */
  readonly callsMax?: number | undefined
}

/** Jobs that run where their folder is; `place` is the tag of the workers there. */
export interface Together {
  readonly place: string
  /** Begins with the id of the job whose end is that of the folder. */
  readonly folder: string
}

/** What few jobs have; kept with the job as JSON. */
export interface JobOptions {
  readonly concurrency?: ConcurrencyLimit | undefined
  readonly retry?: RetryPolicy | undefined
  readonly debounce?: Debounce | undefined
  /** A job like it is enqueued when it ends, until someone cancels it. */
  readonly restart?: boolean | undefined
  /** Its result is used again for the same arguments for so long. */
  readonly cacheTtlS?: number | undefined
  /** Arguments, result and log are deleted so long after its end. */
  readonly deleteAfterS?: number | undefined
  /** It runs where no address answers; else with the network of the worker. */
  readonly network?: 'none' | undefined
  /** How often the lock of its script was made anew, at the least: what was kept from before that is out of date. */
  readonly lockRevision?: number | undefined
  /** The lock of code that is sent with the job; without it packages are pinned for the run. */
  readonly lock?: string | undefined
  /** It tells a handler of the end of this job: nobody is told of its own. */
  readonly handles?: string | undefined
  /** It runs on one worker, with a folder that it shares. */
  readonly together?: Together | undefined
  /** Names the conversation that the agents of a flow remember. */
  readonly memoryId?: string | undefined
  /** It is a tool that the model of an agent called. */
  readonly called?: CalledTool | undefined
  /** The version of the flow that it is a run of. */
  readonly flowVersion?: number | undefined
  /** It is the job of a step, of an iteration or of a branch of its parent, a flow. */
  readonly step?: FlowStep | undefined
}

/** Which tool of an agent: its id, the name that the model knows, and the resource of the server that it is one of, if it is. */
export interface CalledTool {
  readonly tool: string
  readonly name: string
  readonly resource?: string | undefined
}

/** Who a job is to the frame of a flow that started it. */
export interface FlowStep {
  readonly module: string
  /** Iteration, branch, or 0. */
  readonly index: number
  /** Runs of it that failed and were tried again. */
  readonly failures: number
  /** Path of the flow, where it has one. */
  readonly flowPath?: string | undefined
  /** It is a task of a workflow as code: a function of the workflow's own script, or a script or a flow of the workspace. */
  readonly task?: 'function' | 'runnable' | undefined
}

/** Jobs of these kinds are frames of flows: a claim of theirs takes in what happened, and they wait for their children without a worker. */
export const frameKinds: ReadonlySet<string> = new Set(['flow', 'flowpreview', 'flowframe'])

/** Whether something follows when the job has ended, which `job_ended` (migration 0017) does. */
export function hasSequel({ kind, options }: Pick<NewJob, 'kind' | 'options'>): boolean {
  if (frameKinds.has(kind) || options?.step !== undefined) return true
  return options?.restart === true || options?.deleteAfterS !== undefined
}

/** A job to be enqueued. Ids are UUIDs; without one a UUIDv7 is minted. */
export interface NewJob {
  readonly id?: string
  readonly workspaceId: string
  /** What runs it: an executor of the worker is registered under this word. */
  readonly kind: string
  readonly scriptPath?: string
  readonly scriptHash?: string
  readonly language?: string
  readonly rawCode?: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly tag: string
  readonly createdBy: string
  readonly email: string
  readonly permissionedAs: string
  /** In the future: the job waits for it. */
  readonly dueAt?: Date
  /** Milliseconds from now, by the database's clock, that the job waits. */
  readonly dueInMs?: number
  readonly parentJob?: string
  readonly rootJob?: string
  readonly triggerKind?: string
  readonly timeoutMs?: number
  /** How often a worker may be lost under it; 3 by default. */
  readonly attemptsMax?: number
  /** 0 (default) to 100, higher first. */
  readonly priority?: number
  readonly visibleToOwner?: boolean
  /** Someone waits for the end: it is announced to other processes too. */
  readonly awaited?: boolean
  readonly options?: JobOptions | undefined
  /** Memory that such jobs have been seen to need, in MiB. */
  readonly memoryMb?: number | undefined
  readonly triggerPath?: string
  /** A call with the same key and the same digest of its content gets the job of the first one (Q32). */
  readonly once?: { readonly key: string; readonly digest: string } | undefined
}

/** A job in the hands of a worker; `attempt` is part of the fence. */
export interface ClaimedJob {
  readonly id: string
  readonly workspaceId: string
  readonly kind: string
  readonly scriptPath: string | undefined
  readonly scriptHash: string | undefined
  readonly language: string | undefined
  readonly rawCode: string | undefined
  /** JSON text of an object. */
  readonly argsJson: string | undefined
  readonly tag: string
  readonly createdBy: string
  readonly email: string
  readonly permissionedAs: string
  readonly parentJob: string | undefined
  readonly rootJob: string | undefined
  readonly timeoutMs: number | undefined
  readonly awaited: boolean
  readonly options: JobOptions
  readonly priority: number
  /** Its place in the line, a 64-bit integer as text. */
  readonly fair: string
  readonly attempt: number
  /** Runs that failed before this one and were tried again. */
  readonly failures: number
  readonly memoryMb: number
  readonly startedAt: Date
  /** When the answer of its claim came, by the monotonic clock of the process; undefined where it begins at once. */
  readonly claimedMs?: number
  /** Where it began as it was written: what no claim says. */
  readonly asked?: Pick<NewJob, 'triggerKind' | 'visibleToOwner'> | undefined
}

/** A piece of a job's log; `startsAt` counts the UTF-16 units before it. */
export interface LogChunk {
  readonly jobId: string
  readonly workspaceId: string
  readonly seq: number
  readonly startsAt: number
  readonly text: string
}

/** How a run ended, to be written under its fence. */
export interface Outcome {
  readonly status: OutcomeStatus
  /** JSON text; null is no result. */
  readonly resultJson: string | null
  /** The result lies in so many pieces in `job_result`, and not in `resultJson`. */
  readonly resultPieces?: number | undefined
  /** Of the result and the log, whole. */
  readonly resultBytes?: number | undefined
  readonly logBytes?: number | undefined
  readonly memoryPeakBytes?: number | undefined
  readonly cpuMs?: number | undefined
  /** Milliseconds from its claim until it began, where it was claimed ahead. */
  readonly aheadMs?: number | undefined
  readonly canceledBy?: string | undefined
  readonly canceledReason?: string | undefined
  /** Log that was not flushed yet: written in the same statement. */
  readonly finalLog?: LogChunk | undefined
}

/** A run that gave its job up in a transaction of its own: it waits for an event, or has ended. */
export interface Parked {
  readonly status: 'parked'
}

/** A run that was taken back before it began: its job is as it was claimed, and nothing of it was done. */
export interface Unbegun {
  readonly status: 'unbegun'
}

/** What a run leaves. */
export type RunEnd = Outcome | Parked | Unbegun

/** The result of a job that ended without one of its own. */
export function errorResult(name: string, message: string, stack?: string): string {
  return JSON.stringify({ error: { name, message, ...(stack !== undefined && { stack }) } })
}
