import type { Connection } from '@millrace/db'
import { inherited } from '../job-maker.ts'
import type { Frame } from '../frame.ts'
import type { EndedFrame, Plan } from '../plan.ts'

/** Frames of one statement. */
const ROWS_MAX = 1000

// A job that was never in the queue, with its outcome, the row of its frame, and what its parent has to know of it.
const ENDED = `
with given as (
  select * from unnest($10::uuid[], $11::uuid[], $12::text[], $13::int[], $14::smallint[], $15::text[], $16::text[], $17::text[],
    $18::text[], $19::text[], $20::text[], $21::bool[], $22::text[], $23::bool[])
  as t(id, parent_id, module, index, failures, pointer, before, resumed, state, result, status, stopped, options, is_untold)
), asked as (
  insert into job (id, workspace_id, kind, script_path, tag, created_by, email, permissioned_as, parent_job, root_job, attempts_max,
    priority, visible_to_owner, options, flow_step_id, flow_step_index, flow_step_failures)
  select id, $1, 'flowframe', $3, $4, $5, $6, $7, parent_id, $8, 3, $9, $24, options::json, module, index, failures from given
), over as (
  insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt)
  select id, $1, status, result::json, now(), now(), 0, 0, 1 from given
), past as (
  insert into flow_past (id, workspace_id, flow_id, pointer, parent_id, module, index, before, resumed, state, version, stopped)
  select id, $1, $2, pointer::json, parent_id, module, index, before::json, resumed::json, state::json, 1, stopped from given
)
insert into flow_event (frame_id, workspace_id, kind, module, index, failures, job_id, status, stopped)
select parent_id, $1, 'ended', module, index, failures, id, status, stopped from given where is_untold order by index`

/** Writes frames that began and ended within one advance of a frame around them. */
export async function writeEnded(connection: Connection, frame: Frame, { ended, untold }: Plan): Promise<void> {
  for (let at = 0; at < ended.length; at += ROWS_MAX) {
    const rows = ended.slice(at, at + ROWS_MAX)
    await connection.query({ name: 'write-ended', text: ENDED, values: valuesOf(frame, rows, untold) })
  }
}

/** What all below a frame have from it, then their columns. */
function valuesOf(frame: Frame, rows: readonly EndedFrame[], untold: ReadonlySet<string>): unknown[] {
  const from = inherited(frame, { options: {} })
  const column = <T>(read: (row: EndedFrame) => T) => rows.map((row) => read(row))
  return [
    from.workspaceId,
    frame.flowId,
    frame.job.scriptPath,
    frame.job.tag,
    from.createdBy,
    from.email,
    from.permissionedAs,
    from.rootJob,
    from.priority,
    column((row) => row.frame.id),
    column((row) => row.frame.parentId),
    column((row) => row.frame.module),
    column((row) => row.frame.index),
    column((row) => row.frame.job.step?.failures ?? 0),
    column((row) => JSON.stringify(row.frame.pointer)),
    column((row) => JSON.stringify(row.frame.before)),
    column((row) => row.frame.resumed && JSON.stringify(row.frame.resumed)),
    column((row) => JSON.stringify(row.state)),
    column((row) => row.result),
    column((row) => row.end.status),
    column((row) => row.end.stopped),
    column((row) => JSON.stringify({ step: row.frame.job.step })),
    column((row) => untold.has(row.frame.id)),
    from.visibleToOwner,
  ]
}
