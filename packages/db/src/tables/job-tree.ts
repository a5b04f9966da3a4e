import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A job of a tree of jobs; the start of its result only. */
export interface TreeJob {
  readonly id: string
  readonly parent_job: string | null
  readonly kind: string
  readonly script_path: string | null
  readonly flow_step_id: string | null
  readonly state: string | null
  readonly status: string | null
  readonly started_at: Date | null
  readonly duration_ms: number | null
  readonly result_prefix: string | null
  readonly result_length: number | null
  /** 0 is the job that was asked for. */
  readonly depth: number
}

/** What is read of a tree at the most. */
export interface TreeBounds {
  readonly jobs: number
  /** UTF-16 units of a result, more or less. */
  readonly resultLength: number
}

/** A job and everything below it, parents before their children and children in the order in which they began. */
export async function listJobTree(
  db: Queryable,
  workspace: string,
  id: string,
  { jobs, resultLength }: TreeBounds,
): Promise<readonly TreeJob[]> {
  const { rows } = await sql<TreeJob>`
    with recursive tree as (
      select j.id, 0 as depth, array[j.id] as line from job j where j.id = ${id}::uuid and j.workspace_id = ${workspace}
      union all
      select j.id, t.depth + 1, t.line || j.id from tree t join job j on j.parent_job = t.id and j.workspace_id = ${workspace}
      where j.id <> all (t.line)
    ), found as (select * from tree limit ${jobs})
    select j.id, j.parent_job, j.kind, j.script_path, j.flow_step_id, q.state, o.status, coalesce(o.started_at, q.started_at) as started_at,
      o.duration_ms, left(o.result::text, ${resultLength}::integer) as result_prefix, coalesce(o.result_bytes, length(o.result::text)) as result_length,
      t.depth
    from found t join job j on j.id = t.id left join job_queue q on q.id = t.id left join job_outcome o on o.id = t.id
    order by t.line`.execute(db)
  return rows
}
