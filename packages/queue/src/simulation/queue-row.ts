import type { ConcurrencyLimit } from '../job.ts'
import type { JobState } from '../states.ts'

/** What is asked for, of which a queue decides by; `runMs` is how long it takes a worker of speed 1. */
export interface ModelJob {
  readonly tenant: string
  readonly tag: string
  readonly priority: number
  readonly concurrency?: ConcurrencyLimit | undefined
  /** Not before this time. */
  readonly dueAtMs?: number | undefined
  readonly attemptsMax: number
  readonly runMs: number
}

/** A row of `job_queue`, in the columns that rules look at. Ids ascend in the order in which jobs were asked for. */
export interface QueueRow {
  readonly id: number
  readonly job: ModelJob
  /** `over` is a row that was deleted. */
  state: JobState | 'over'
  fair: number
  dueAtMs: number
  attempt: number
  failures: number
  worker: number | undefined
  startedAtMs: number | undefined
  isCancelAsked: boolean
}

/** A new row; `fair` and the state follow from the queue. */
export function queueRow(id: number, job: ModelJob, nowMs: number): QueueRow {
  return {
    id,
    job,
    state: 'scheduled',
    fair: 0,
    dueAtMs: job.dueAtMs ?? nowMs,
    attempt: 0,
    failures: 0,
    worker: undefined,
    startedAtMs: undefined,
    isCancelAsked: false,
  }
}

/** The order of a line: `fair, id`. */
export function byPlace(a: QueueRow, b: QueueRow): number {
  return a.fair - b.fair || a.id - b.id
}

/** The order of jobs that wait for a time. */
export function byDueTime(a: QueueRow, b: QueueRow): number {
  return a.dueAtMs - b.dueAtMs || a.id - b.id
}

/** The order of jobs that wait for a concurrency key: `priority desc, fair, id`. */
export function byPriority(a: QueueRow, b: QueueRow): number {
  return b.job.priority - a.job.priority || a.fair - b.fair || a.id - b.id
}
