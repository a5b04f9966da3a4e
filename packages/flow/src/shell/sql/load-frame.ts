import type { Connection } from '@millrace/db'
import type { JobOptions } from '@millrace/queue'
import type { FramePointer, FrameState, Resumed, ResultRef } from '../../core/protocol.ts'
import { EVENTS_MAX, type Awaited, type Frame, type Happened } from '../frame.ts'

// One look, so that the version and the events belong together. A frame whose job has ended has no row in the queue.
const LOAD = `
select j.id, j.workspace_id, j.kind, j.script_path, j.script_hash, j.created_by, j.email, j.permissioned_as, j.root_job, j.parent_job,
  j.tag, j.priority, j.visible_to_owner, j.trigger_kind, j.timeout_ms, j.options::text as options, r.flow_id, r.pointer, r.parent_id,
  r.module, r.index, r.before, r.resumed, r.state, r.version, r.awaits, r.faults, coalesce(r.started_at, q.started_at, now()) as started_at,
  coalesce(r.wait_ms, greatest(0, extract(epoch from q.started_at - q.due_at) * 1000)::bigint, 0) as wait_ms,
  coalesce(r.wake_at <= clock_timestamp(), false) as is_due, coalesce(r.deadline_at <= clock_timestamp(), false) as is_late,
  (select json_agg(e order by e.id) from (
    select e.id, e.kind, e.module, e.index, e.failures, e.job_id as job, e.status, e.stopped from flow_event e
    where e.frame_id = q.id order by e.id limit ${EVENTS_MAX}) as e) as happened
from unnest($1::uuid[]) as wanted(id) join job_queue q on q.id = wanted.id left join flow_run r on r.id = q.id
cross join lateral (select * from job as one where one.id = q.id and one.id between $2 and $3 offset 0) as j`

interface Row {
  readonly id: string
  readonly workspace_id: string
  readonly kind: string
  readonly script_path: string | null
  readonly script_hash: string | null
  readonly created_by: string
  readonly email: string
  readonly permissioned_as: string
  readonly root_job: string | null
  readonly parent_job: string | null
  readonly tag: string
  readonly priority: number
  readonly visible_to_owner: boolean
  readonly trigger_kind: string | null
  readonly timeout_ms: number | null
  readonly options: string | null
  readonly flow_id: string | null
  readonly pointer: FramePointer | null
  readonly parent_id: string | null
  readonly module: string | null
  readonly index: number | null
  readonly before: ResultRef | null
  readonly resumed: Resumed | null
  readonly state: FrameState | null
  readonly version: number | null
  readonly awaits: Readonly<Record<string, Awaited>> | null
  readonly faults: number | null
  readonly started_at: Date
  readonly wait_ms: number
  readonly is_due: boolean
  readonly is_late: boolean
  readonly happened: readonly Happened[] | null
}

/** Frames with what happened to them, by their ids; one whose job has ended is missing. */
export async function loadFrames(connection: Connection, ids: readonly string[]): Promise<ReadonlyMap<string, Frame>> {
  // The range of the ids, so that PostgreSQL opens the partitions of their days only.
  const wanted = [...new Set(ids)].toSorted()
  const { rows } = await connection.query<Row>({
    name: 'load-frames',
    text: LOAD,
    values: [wanted, wanted[0], wanted.at(-1)],
  })
  return new Map(rows.map((row) => [row.id, toFrame(row)]))
}

function toFrame(row: Row): Frame {
  const options: JobOptions = row.options === null ? {} : JSON.parse(row.options)
  const step = options.step
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    job: {
      kind: row.kind,
      scriptPath: row.script_path ?? undefined,
      scriptHash: row.script_hash ?? undefined,
      createdBy: row.created_by,
      email: row.email,
      permissionedAs: row.permissioned_as,
      rootJob: row.root_job ?? undefined,
      parentJob: row.parent_job ?? undefined,
      tag: row.tag,
      priority: row.priority,
      visibleToOwner: row.visible_to_owner,
      triggerKind: row.trigger_kind ?? undefined,
      timeoutMs: row.timeout_ms ?? undefined,
      cacheTtlS: options.cacheTtlS,
      together: options.together,
      step,
    },
    flowId: row.flow_id ?? row.id,
    pointer: row.pointer ?? { kind: 'root' },
    parentId: row.version === null ? ((step && row.parent_job) ?? undefined) : (row.parent_id ?? undefined),
    module: row.module ?? step?.module,
    index: row.index ?? step?.index,
    before: row.before ?? { kind: 'input', frame: row.id },
    resumed: row.resumed ?? undefined,
    state: row.state ?? undefined,
    version: row.version ?? undefined,
    awaits: row.awaits ?? {},
    startedAt: row.started_at,
    waitMs: row.wait_ms,
    faults: row.faults ?? 0,
    isDue: row.is_due,
    isLate: row.is_late,
    happened: row.happened ?? [],
  }
}

/** Where the results of modules are found that a frame itself does not have: one frame around another. */
export interface Around {
  readonly id: string
  readonly pointer: FramePointer
  readonly parentId: string | undefined
  readonly module: string | undefined
  readonly index: number | undefined
  readonly state: FrameState | undefined
}

const AROUND = `
with recursive around as (
  select r.id, r.pointer::text as pointer, r.parent_id, r.module, r.index, r.state::text as state, 0 as depth from flow_run r where r.id = $1
  union all
  select r.id, r.pointer::text, r.parent_id, r.module, r.index, r.state::text, a.depth + 1 from around a join flow_run r on r.id = a.parent_id
  where a.pointer::json->>'kind' <> 'root'
)
select * from around order by depth`

/** The frames around a frame up to the flow's own, the inner ones first; it is not one of them itself. */
export async function loadAround(connection: Connection, frame: Frame): Promise<readonly Around[]> {
  if (frame.pointer.kind === 'root' || frame.parentId === undefined) return []
  const { rows } = await connection.query<{
    id: string
    pointer: string
    parent_id: string | null
    module: string | null
    index: number | null
    state: string | null
  }>({ name: 'load-around', text: AROUND, values: [frame.parentId] })
  return rows.map((row) => ({
    id: row.id,
    pointer: JSON.parse(row.pointer),
    parentId: row.parent_id ?? undefined,
    module: row.module ?? undefined,
    index: row.index ?? undefined,
    state: row.state === null ? undefined : JSON.parse(row.state),
  }))
}
