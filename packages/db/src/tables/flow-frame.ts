import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** What is known of a frame of a flow: what its engine remembers, and what people are asked. */
export interface FrameRow {
  readonly id: string
  /** The frame of the flow that it belongs to, itself maybe. */
  readonly flow_id: string
  readonly pointer: unknown
  readonly state: unknown
  /** How often it has changed. */
  readonly version: number
  readonly awaits: unknown
}

/** A job that a frame has started. */
export interface FrameChildRow {
  readonly id: string
  readonly module: string
  readonly index: number
  readonly failures: number
  /** In the queue; null once it has ended. */
  readonly state: string | null
  readonly status: string | null
  readonly started_at: Date | null
  readonly duration_ms: number | null
  /** Of a tool that an agent called: which. */
  readonly called: unknown
}

/** Who answered a module that waits for people. */
export interface AnswerRow {
  readonly module: string
  readonly resume_id: number
  readonly approver: string | null
  readonly approved: boolean
}

/** A frame, whether it is over or not; undefined where the job is none, or has not begun. */
export async function findFrame(db: Queryable, workspace: string, id: string): Promise<FrameRow | undefined> {
  const { rows } = await sql<FrameRow>`
    select id, flow_id, pointer, state, version, awaits from flow_frame(${id}) where workspace_id = ${workspace}`.execute(
    db,
  )
  return rows[0]
}

/** What those who wait for a run are given before it ends, as JSON text; undefined: nothing so far. */
export async function findEarlyResult(db: Queryable, workspace: string, id: string): Promise<string | undefined> {
  const { rows } = await sql<{ result: string }>`
    select flow_result(early) as result from flow_frame(${id}) where workspace_id = ${workspace} and early is not null`.execute(
    db,
  )
  return rows[0]?.result
}

/** Jobs that a frame started for these modules: of each the first ones in the order of their indices, and the last one. */
export async function listFrameChildren(
  db: Queryable,
  workspace: string,
  { frame, modules, limit }: { readonly frame: string; readonly modules: readonly string[]; readonly limit: number },
): Promise<readonly FrameChildRow[]> {
  const { rows } = await sql<FrameChildRow>`
    select c.id, m.module, coalesce(c.flow_step_index, 0) as index, coalesce(c.flow_step_failures, 0) as failures, q.state, o.status,
      coalesce(o.started_at, q.started_at) as started_at, o.duration_ms, c.called
    from unnest(${modules}::text[]) as m(module) cross join lateral (
      (select j.id, j.flow_step_index, j.flow_step_failures, (j.options -> 'called')::jsonb as called from job j
       where j.parent_job = ${frame} and j.flow_step_id = m.module and j.workspace_id = ${workspace}
       order by j.flow_step_index, j.flow_step_failures limit ${limit})
      union
      (select j.id, j.flow_step_index, j.flow_step_failures, (j.options -> 'called')::jsonb as called from job j
       where j.parent_job = ${frame} and j.flow_step_id = m.module and j.workspace_id = ${workspace}
       order by j.flow_step_index desc, j.flow_step_failures desc limit 1)
    ) as c left join job_queue q on q.id = c.id left join job_outcome o on o.id = c.id
    order by m.module, index, failures`.execute(db)
  return rows
}

/** The answers to the modules of a frame, the oldest first. */
export async function listAnswers(db: Queryable, workspace: string, frame: string): Promise<readonly AnswerRow[]> {
  const { rows } = await sql<AnswerRow>`
    select module, resume_id::float8 as resume_id, approver, approved from flow_resume
    where frame_id = ${frame} and workspace_id = ${workspace} order by at, resume_id`.execute(db)
  return rows
}

/** The frames below a job that wait for people, itself first, then those that began first. */
export async function listWaitingFrames(db: Queryable, workspace: string, job: string): Promise<readonly FrameRow[]> {
  const { rows } = await sql<FrameRow>`
    select r.id, r.flow_id, r.pointer, r.state, r.version, r.awaits from flow_run r
    where r.workspace_id = ${workspace} and r.awaits is not null and r.awaits::text <> '{}' and (r.id = ${job} or r.flow_id = ${job}
      or exists (select from job j where j.id = r.flow_id and j.root_job = ${job}) or r.id = (select (flow_awaited(${job}) ->> 'frame')::uuid))
    order by r.id <> ${job}, r.id limit 100`.execute(db)
  return rows
}
