import { newId } from '@millrace/base/ids'
import { connectionOf, type WorkspaceTransaction } from '@millrace/db'
import type { EnqueuedWithin, NewJob, Queue } from '@millrace/queue'
import type { FrameState, ResultRef } from '../core/protocol.ts'

/** A run of a flow that begins at one of its steps. */
export interface Restart {
  /** What is run, as if from the start. */
  readonly job: NewJob
  /** The ids of the flow's modules, in order. */
  readonly modules: readonly string[]
  readonly step: string
  /** The run that has the steps before. */
  readonly before: { readonly id: string; readonly state: FrameState; readonly hasFailed: boolean }
}

export type Restarted =
  | { readonly ok: true; readonly id: string; readonly announce: EnqueuedWithin['announce'] }
  /** There is no such step, or the run did not come so far; a sentence. */
  | { readonly ok: false; readonly error: string }

// It is due at once, so that the worker that claims it goes on from this state; what a preprocessor made of the arguments stays.
const SEED = `
insert into flow_run (id, workspace_id, flow_id, pointer, before, state, wake_at, deadline_at, input)
select $1, $2, $1, '{"kind":"root"}', $3, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond', o.input
from (select 1) as one left join lateral (select f.input from flow_frame($6) f) as o on true`

/** Enqueues a run that takes over what the steps before gave; it refers to their results, which stay with the run that made them. */
export async function restartFlow(queue: Queue, tx: WorkspaceTransaction, restart: Restart): Promise<Restarted> {
  const { job, before } = restart
  const id = job.id ?? newId()
  const seeded = seedState(id, restart)
  if ('error' in seeded) return { ok: false, error: seeded.error }
  const { concurrency: _slots, debounce: _calls, ...options } = job.options ?? {}
  const { announce } = await queue.enqueueWithin(tx, [{ ...job, id, options }])
  const input: ResultRef = { kind: 'input', frame: id }
  await connectionOf(tx).query(SEED, [
    id,
    job.workspaceId,
    JSON.stringify(input),
    JSON.stringify(seeded.state),
    job.timeoutMs ?? null,
    before.id,
  ])
  return { ok: true, id, announce }
}

function seedState(
  id: string,
  { modules, step, before: { state: old, hasFailed } }: Restart,
): { readonly state: FrameState } | { readonly error: string } {
  const at = modules.indexOf(step)
  if (at < 0) return { error: `the flow has no step "${step}" in its own list` }
  // The last one to end is the one that the run failed at, if it did; one that it was at then has no end.
  const failed = modules.findLastIndex((module) => old.ended[module] !== undefined)
  if (hasFailed && failed >= 0 && failed < at)
    return { error: `the run did not come to the step "${step}": it failed at "${modules[failed] ?? ''}" before it` }
  const ended: Record<string, FrameState['ended'][string]> = {}
  let previous: ResultRef = { kind: 'input', frame: id }
  for (const module of modules.slice(0, at)) {
    const end = old.ended[module]
    if (!end)
      return { error: `the run did not come to the step "${step}": it has no end of the step "${module}" before it` }
    ended[module] = end
    if (!end.isSkipped) previous = end.result
  }
  const { resumed } = old
  const isKept = resumed !== undefined && ended[resumed.module] !== undefined
  return { state: { at, previous, ended, current: undefined, isOver: false, ...(isKept && { resumed }) } }
}
