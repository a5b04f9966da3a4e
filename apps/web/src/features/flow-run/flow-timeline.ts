import type { FlowJobResult } from '@millrace/contracts'

/** A job of a run on the line of its time, in ms from when the run was called. */
export interface TimelineRow {
  readonly job: FlowJobResult
  readonly queuedMs: number
  readonly startedMs: number | undefined
  readonly endedMs: number | undefined
  /** Whether it has jobs below it, whose time is its time. */
  readonly isAround: boolean
}

export interface Timeline {
  readonly rows: readonly TimelineRow[]
  readonly totalMs: number
  /** In which at least one step was at work. */
  readonly stepsMs: number
  /** In which none was: the queue, the engine, sleeps and answers that were waited for. */
  readonly outsideMs: number
}

/** Lays the jobs of a run on the line of its time; the run itself comes first and has no row. */
export function layTimeline([root, ...jobs]: readonly FlowJobResult[], nowMs: number): Timeline {
  if (!root) return { rows: [], totalMs: 0, stepsMs: 0, outsideMs: 0 }
  const zero = Date.parse(root.created_at)
  const rows = jobs.map((job, index) => rowOf(job, zero, (jobs[index + 1]?.depth ?? 0) > job.depth))
  const own = rowOf(root, zero, true)
  const ends = rows.map(({ endedMs, queuedMs }) => endedMs ?? queuedMs)
  const totalMs = isOver(root) ? Math.max(own.endedMs ?? 0, ...ends) : Math.max(0, nowMs - zero)
  const stepsMs = covered(
    rows.flatMap(({ startedMs, endedMs, isAround }) =>
      startedMs === undefined || isAround ? [] : [[startedMs, endedMs ?? totalMs] as const],
    ),
  )
  return { rows, totalMs, stepsMs, outsideMs: Math.max(0, totalMs - stepsMs) }
}

function rowOf(job: FlowJobResult, zero: number, isAround: boolean): TimelineRow {
  const startedMs = job.started_at === undefined ? undefined : Math.max(0, Date.parse(job.started_at) - zero)
  const endedMs = startedMs === undefined || job.duration_ms === undefined ? undefined : startedMs + job.duration_ms
  return { job, queuedMs: Math.max(0, Date.parse(job.created_at) - zero), startedMs, endedMs, isAround }
}

function isOver({ status }: FlowJobResult): boolean {
  return status !== 'running' && status !== 'queued' && status !== 'suspended'
}

/** Length of the union of spans. */
function covered(spans: readonly (readonly [number, number])[]): number {
  let sum = 0
  let until = 0
  for (const [from, to] of spans.toSorted(([left], [right]) => left - right)) {
    sum += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return sum
}
