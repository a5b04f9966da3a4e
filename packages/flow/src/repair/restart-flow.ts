import { newId } from '@millrace/base/ids'
import { err, ok, type Result } from '@millrace/base/result'
import { connectionOf, type WorkspaceTransaction } from '@millrace/db'
import type { EnqueuedWithin, NewJob, Queue } from '@millrace/queue'
import { parseFlow } from '../core/definition/parse-flow.ts'
import type { FrameSeed } from '../core/entry.ts'
import type { FrameState, ResultRef } from '../core/protocol.ts'
import { OldRun } from './old-run.ts'
import { seedAtPlace, seedRest, type Place } from './seed-frame.ts'
import { stateOfSeed } from './state-of-seed.ts'

/** A run of a flow that takes over what another one has done. */
export interface Restart {
  /** What is run, as if from the start. */
  readonly job: NewJob
  /** The document that runs. */
  readonly document: unknown
  /** Where it begins, from the outside in; undefined: where the run before failed or was ended, in all of its parts. */
  readonly places: readonly [Place, ...Place[]] | undefined
  /** The run that has the steps before. */
  readonly before: string
  /** Steps whose results are written into the document as `mock`, in place of those that the run before has. */
  readonly pinned?: ReadonlySet<string>
  /** Its own arguments count, and not those that a preprocessor made of those before. */
  readonly isNewInput?: boolean
}

export interface Restarted {
  readonly id: string
  readonly announce: EnqueuedWithin['announce']
}

// It is due at once, so that the worker that claims it goes on from this state; what a preprocessor made of the arguments stays.
const SEED = `
insert into flow_run (id, workspace_id, flow_id, pointer, before, state, wake_at, deadline_at, input)
select $1, $2, $1, '{"kind":"root"}', $3, $4, clock_timestamp(), clock_timestamp() + $5 * interval '1 millisecond', o.input
from (select 1) as one left join lateral (select f.input from flow_frame($6) f) as o on true`

/**
 * Enqueues a run that takes over what the steps before gave; it refers to their results, which stay with the run that made them. The
 * error is a sentence without its end: there is no such step, or the run did not come so far.
 */
export async function restartFlow(
  queue: Queue,
  tx: WorkspaceTransaction,
  restart: Restart,
): Promise<Result<Restarted, string>> {
  const { job, before } = restart
  const seed = await seedRun(tx, restart)
  if (!seed.ok) return seed
  const id = job.id ?? newId()
  const { concurrency: _slots, debounce: _calls, ...options } = job.options ?? {}
  const { announce } = await queue.enqueueWithin(tx, [{ ...job, id, options }])
  const input: ResultRef = { kind: 'input', frame: id }
  const state: FrameState = { ...stateOfSeed(seed.value, input, undefined), origin: originOf(restart, seed.value) }
  await connectionOf(tx).query(SEED, [
    id,
    job.workspaceId,
    JSON.stringify(input),
    JSON.stringify(state),
    job.timeoutMs ?? null,
    restart.isNewInput === true ? null : before,
  ])
  return ok({ id, announce })
}

async function seedRun(
  tx: WorkspaceTransaction,
  { job, document, places, before, pinned = new Set() }: Restart,
): Promise<Result<FrameSeed, string>> {
  const run = new OldRun(tx, job.workspaceId)
  const frame = await run.findFrame(before)
  if (!frame) return err('the run ended before its first step: run the flow anew')
  const parsed = parseFlow(document)
  if (!parsed.ok) return err('its document is no flow')
  const terms = { flow: parsed.flow, run, pinned }
  return places ? await seedAtPlace(terms, frame, places) : await seedRest(terms, frame)
}

function originOf({ document, places, before }: Restart, { at }: FrameSeed): NonNullable<FrameState['origin']> {
  const [place] = places ?? []
  if (place) return { job: before, step: place.step, ...(place.n !== undefined && { n: place.n }) }
  const parsed = parseFlow(document)
  return { job: before, step: (parsed.ok && parsed.flow.value.modules[at]?.id) || '' }
}
