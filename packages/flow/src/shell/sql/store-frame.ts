import type { Connection } from '@millrace/db'
import {
  endJob,
  lockFrameRow,
  parkFrame,
  type JobEnded,
  type ParkedFrame,
  type Queue,
  type WrittenWithin,
} from '@millrace/queue'
import type { FailAt } from '../failpoint.ts'
import type { Frame, Pending } from '../frame.ts'
import type { Plan } from '../plan.ts'
import type { StoredRef } from './read-values.ts'

/** A transition that is to be stored. */
export interface Storing {
  readonly frame: Frame
  readonly pending: Pending
  readonly plan: Plan
  /** The result of the frame, where the transition ends it. */
  readonly result: StoredRef | undefined
  /** Of the worker that has the frame in hand: it lets go of it. */
  readonly attempt: number | undefined
  readonly failAt: FailAt
  /** Told of what waits for the end of the transaction. */
  onWritten(written: WrittenWithin): void
}

/** What storing came to. */
export interface Stored {
  readonly written: JobEnded
  readonly parked: ParkedFrame | undefined
}

/** Somebody else has stored a transition of the frame meanwhile, or the frame is over: nothing of this one may be. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

const BEGIN = `
insert into flow_run (id, workspace_id, flow_id, pointer, parent_id, module, index, before, state, version, awaits, started_at, wait_ms,
  wake_at, deadline_at, stopped, input, early)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12,
  case when $13::float8 is null then null else clock_timestamp() + $13 * interval '1 millisecond' end,
  $11::timestamptz + $14 * interval '1 millisecond', $15, $16, $17)
on conflict (id) do nothing`

// A moment that has come is gone once it is taken in; one that is asked for takes the place of the one before.
const UPDATE = `
update flow_run set state = $3, version = version + 1, awaits = $4, faults = 0, fault = null, faulted_at = null, stopped = $8,
  started_at = case when version = 0 then $9 else started_at end, wait_ms = case when version = 0 then $10 else wait_ms end,
  input = coalesce($11, input), early = coalesce($12, early),
  wake_at = case when $5 then clock_timestamp() + $6 * interval '1 millisecond' when $7 then null else wake_at end
where id = $1 and version = $2`

const TAKE = 'delete from flow_event where id = any ($1::bigint[])'

const FRAMES = `
insert into flow_run (id, workspace_id, flow_id, pointer, parent_id, module, index, before, resumed)
select t.id, $1, $2, t.pointer::json, $3, t.module, t.index, t.before::json, t.resumed::json
from unnest($4::uuid[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[]) as t(id, pointer, module, index, before, resumed)`

const ITEMS = `
insert into flow_item (frame_id, module, chunk, workspace_id, items)
select $1, $2, t.nth - 1, $3, t.items::json from unnest($4::text[]) with ordinality as t(items, nth)
on conflict (frame_id, module, chunk) do update set items = excluded.items`

/** Stores a transition in the caller's transaction; throws `Overtaken`. */
export async function storeFrame(connection: Connection, queue: Queue, storing: Storing): Promise<Stored> {
  const { frame, pending, plan, attempt, failAt } = storing
  // Whoever ends a frame, or says when it wakes, has its row of the queue first: so do those who cancel it.
  const needsRow = attempt !== undefined || plan.end !== undefined || plan.wakeAfterMs !== undefined
  if (needsRow && !(await lockFrameRow(connection, frame.id))) throw new Overtaken()
  await failAt('row locked')
  await storeState(connection, storing)
  await failAt('state stored')
  if (pending.taken.length > 0) await connection.query({ name: 'take-events', text: TAKE, values: [pending.taken] })
  await failAt('events taken')
  const written = await writeChildren(connection, queue, storing)
  storing.onWritten(written)
  await failAt('children written')
  if (plan.end) return { written: merge(written, await endFrame(connection, storing)), parked: undefined }
  const parked = needsRow ? await parkFrame(connection, frame.id, attempt) : undefined
  await failAt('frame parked')
  return { written, parked }
}

async function storeState(connection: Connection, { frame, pending, plan }: Storing): Promise<void> {
  const { id, version, workspaceId, flowId, pointer, parentId, module, index, before, startedAt, waitMs } = frame
  const state = JSON.stringify(plan.state)
  const awaits = Object.keys(plan.awaits).length > 0 ? JSON.stringify(plan.awaits) : null
  const stopped = plan.end?.stopped ?? false
  const input = plan.input ? JSON.stringify(plan.input) : null
  const early = plan.early ? JSON.stringify(plan.early) : null
  const { rowCount } = await connection.query(
    version === undefined
      ? {
          name: 'begin-frame',
          text: BEGIN,
          values: [
            id,
            workspaceId,
            flowId,
            JSON.stringify(pointer),
            parentId ?? null,
            parentId === undefined ? null : (module ?? null),
            index ?? null,
            JSON.stringify(before),
            state,
            awaits,
            startedAt.toISOString(),
            waitMs,
            plan.wakeAfterMs ?? null,
            frame.job.timeoutMs ?? null,
            stopped,
            input,
            early,
          ],
        }
      : {
          name: 'store-frame',
          text: UPDATE,
          values: [
            id,
            version,
            state,
            awaits,
            plan.wakeAfterMs !== undefined,
            plan.wakeAfterMs ?? null,
            pending.event.kind === 'due',
            stopped,
            startedAt.toISOString(),
            waitMs,
            input,
            early,
          ],
        },
  )
  if (rowCount !== 1) throw new Overtaken()
}

async function writeChildren(connection: Connection, queue: Queue, { frame, plan, failAt }: Storing): Promise<WrittenWithin> {
  const { frames, lists, jobs } = plan
  for (const { module, chunks } of lists) {
    const items = chunks.map((chunk) => JSON.stringify(chunk))
    await connection.query({ name: 'keep-items', text: ITEMS, values: [frame.id, module, frame.workspaceId, items] })
    await failAt('list kept')
  }
  if (frames.length > 0) {
    await connection.query({
      name: 'begin-frames',
      text: FRAMES,
      values: [
        frame.workspaceId,
        frame.flowId,
        frame.id,
        frames.map((each) => each.id),
        frames.map((each) => JSON.stringify(each.pointer)),
        frames.map((each) => each.module),
        frames.map((each) => each.index),
        frames.map((each) => JSON.stringify(each.before)),
        frames.map((each) => (each.resumed ? JSON.stringify(each.resumed) : null)),
      ],
    })
    await failAt('frames written')
  }
  return await queue.writeWithin(connection, jobs)
}

const KEEP = 'select result, pieces, bytes from keep_flow_result($1, $2, $3, $4)'

async function endFrame(connection: Connection, { frame, plan, result, failAt }: Storing): Promise<JobEnded> {
  const { rows } = await connection.query<{ result: string | null; pieces: number | null; bytes: number | null }>({
    name: 'keep-flow-result',
    text: KEEP,
    values: [frame.id, frame.workspaceId, JSON.stringify(result ?? { kind: 'null' }), plan.end?.step ?? null],
  })
  await failAt('result kept')
  const ended = await endJob(connection, {
    id: frame.id,
    status: plan.end?.status ?? 'failure',
    resultJson: rows[0]?.result ?? null,
    resultPieces: rows[0]?.pieces ?? undefined,
    resultBytes: rows[0]?.bytes ?? undefined,
    startedAt: frame.startedAt,
    waitMs: frame.waitMs,
  })
  if (!ended) throw new Overtaken()
  await failAt('frame ended')
  return ended
}

function merge(one: JobEnded, other: JobEnded): JobEnded {
  return { ready: [...one.ready, ...other.ready], isScheduled: one.isScheduled || other.isScheduled }
}

/** Notes that a transition failed by a fault of ours; false where the frame has no row. */
export async function noteFault(connection: Connection, id: string, message: string): Promise<boolean> {
  const { rowCount } = await connection.query({
    name: 'note-frame-fault',
    text: `update flow_run set faults = least(faults + 1, 1000), fault = $2, faulted_at = clock_timestamp() where id = $1`,
    values: [id, message.slice(0, 2000)],
  })
  return rowCount === 1
}
