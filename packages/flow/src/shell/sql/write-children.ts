import type { Connection } from '@millrace/db'
import type { FailAt } from '../failpoint.ts'
import type { Frame } from '../frame.ts'
import type { Plan } from '../plan.ts'

const FRAMES = `
insert into flow_run (id, workspace_id, flow_id, pointer, parent_id, module, index, before, resumed, state, wake_at, deadline_at)
select t.id, $1, coalesce(t.called, $2), t.pointer::json, $3, t.module, t.index, t.before::json, t.resumed::json, t.state::json,
  case when t.state is not null then clock_timestamp() end, clock_timestamp() + t.timeout_ms * interval '1 millisecond'
from unnest($4::uuid[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::uuid[], $12::bigint[])
  as t(id, pointer, module, index, before, resumed, state, called, timeout_ms)`

const ITEMS = `
insert into flow_item (frame_id, module, chunk, workspace_id, items)
select $1, $2, t.nth - 1, $3, t.items::json from unnest($4::text[]) with ordinality as t(items, nth)
on conflict (frame_id, module, chunk) do update set items = excluded.items`

/** Writes the lists that a transition keeps. */
export async function writeLists(connection: Connection, frame: Frame, { lists }: Plan, failAt: FailAt): Promise<void> {
  for (const { module, chunks } of lists) {
    const items = chunks.map((chunk) => JSON.stringify(chunk))
    await connection.query({ name: 'keep-items', text: ITEMS, values: [frame.id, module, frame.workspaceId, items] })
    await failAt('list kept')
  }
}

/** Writes the rows of the frames that a transition starts; their jobs are written with all others. */
export async function writeFrames(
  connection: Connection,
  frame: Frame,
  { frames }: Plan,
  failAt: FailAt,
): Promise<void> {
  if (frames.length === 0) return
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
      // One that begins in the middle is due at once, so that the worker that claims it goes on from there.
      frames.map((each) => (each.state ? JSON.stringify(each.state) : null)),
      frames.map((each) => (each.isCalled ? each.id : null)),
      frames.map((each) => each.timeoutMs ?? null),
    ],
  })
  await failAt('frames written')
}
