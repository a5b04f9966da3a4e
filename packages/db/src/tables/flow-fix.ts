import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Who changed what of a run that failed, and the run that goes on in its place. */
export interface FlowFixRow {
  readonly run_id: string
  readonly continued_by: string
  readonly fix_id: string
  readonly changed_by: string
  readonly reason: string | null
  readonly changes: unknown
  readonly before_hash: string
  readonly after_hash: string
  readonly at: Date
}

/** What a run failed with; the step is the innermost one. */
export interface FailureRow {
  readonly step: string | null
  readonly name: string | null
  readonly message: string | null
}

/** Keeps a fix; false where the run is continued by another one already. */
export async function insertFlowFix(
  db: Queryable,
  workspace: string,
  fix: Omit<FlowFixRow, 'at' | 'changes'> & { readonly changes: string },
): Promise<boolean> {
  const { rows } = await sql`
    insert into flow_fix (workspace_id, run_id, continued_by, fix_id, changed_by, reason, changes, before_hash, after_hash)
    values (${workspace}, ${fix.run_id}, ${fix.continued_by}, ${fix.fix_id}, ${fix.changed_by}, ${fix.reason}, ${fix.changes}::json,
      ${fix.before_hash}, ${fix.after_hash})
    on conflict (workspace_id, run_id) do nothing returning run_id`.execute(db)
  return rows.length === 1
}

/** The fix that a run came of, and the one that continues it, in that order. */
export async function listFlowFixes(db: Queryable, workspace: string, run: string): Promise<readonly FlowFixRow[]> {
  const { rows } = await sql<FlowFixRow>`
    select run_id, continued_by, fix_id, changed_by, reason, changes, before_hash, after_hash, at from flow_fix
    where workspace_id = ${workspace} and (run_id = ${run} or continued_by = ${run}) order by at`.execute(db)
  return rows
}

/** What a run of a flow failed with; undefined where it did not. */
export async function findFlowFailure(db: Queryable, run: string): Promise<FailureRow | undefined> {
  const { rows } = await sql<{ failure: FailureRow | null }>`select flow_failure(${run}) as failure`.execute(db)
  return rows[0]?.failure ?? undefined
}

/** What runs that failed alike have in common. */
export interface Alike {
  /** The hash of their document. */
  readonly hash: string
  readonly step: string | null
  readonly name: string | null
}

/** Failed runs that are looked through for others like one, the newest first. */
const LOOKED_THROUGH = 10_000

/** Runs of the same document that failed at the same step with an error of the same name and are not continued, the newest first. */
export async function listFailedAlike(
  db: Queryable,
  workspace: string,
  { hash, step, name }: Alike,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    with failed as materialized (
      select o.id from job_outcome o
      where o.workspace_id = ${workspace} and o.status <> 'success' and o.status = 'failure'
      order by o.id desc limit ${LOOKED_THROUGH}
    ), same as materialized (
      select j.id from failed f join job j on j.id = f.id
      where j.kind = 'flow' and j.script_hash = ${hash} and j.parent_job is null
        and not exists (select from flow_fix x where x.workspace_id = ${workspace} and x.run_id = j.id)
    )
    select s.id from same s cross join lateral (select flow_failure(s.id) as failure) as f
    where f.failure->>'step' is not distinct from ${step} and f.failure->>'name' is not distinct from ${name}
    order by s.id desc limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}
