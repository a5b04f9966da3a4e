import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** How far the locks of a version are. */
export interface FlowLockState {
  readonly path: string
  readonly hash: string
  readonly value: unknown
  readonly lock_error_logs: string | null
  readonly lock_job: string | null
  readonly is_locking: boolean
}

/** Notes at a version which job makes its locks. */
export async function noteFlowLockJob(
  db: Queryable,
  { workspace, id, job }: { readonly workspace: string; readonly id: number; readonly job: string },
): Promise<void> {
  await sql`
    update flow_version set lock_job = ${job}, lock_error_logs = null, is_locking = true
    where workspace_id = ${workspace} and id = ${id}`.execute(db)
}

/** Notes at a version which job makes its locks anew; those that it has serve meanwhile. */
export async function noteFlowRelockJob(
  db: Queryable,
  { workspace, id, job }: { readonly workspace: string; readonly id: number; readonly job: string },
): Promise<void> {
  await sql`
    update flow_version set lock_job = ${job}, lock_error_logs = null
    where workspace_id = ${workspace} and id = ${id}`.execute(db)
}

/** How far the locks of a version are. */
export async function findFlowLockState(
  db: Queryable,
  workspace: string,
  id: number,
): Promise<FlowLockState | undefined> {
  return await db
    .selectFrom('flow_version as v')
    .innerJoin('flow_definition as d', (join) =>
      join.onRef('d.workspace_id', '=', 'v.workspace_id').onRef('d.hash', '=', 'v.hash'),
    )
    .select(['v.path', 'v.hash', 'd.value', 'v.lock_error_logs', 'v.lock_job', 'v.is_locking'])
    .where('v.workspace_id', '=', workspace)
    .where('v.id', '=', id)
    .executeTakeFirst()
}

/** Gives a version the document with the locks that a job has made; false where another job makes them. */
export async function storeFlowLocks(
  db: Queryable,
  workspace: string,
  made: { readonly id: number; readonly job: string; readonly hash: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update flow_version set hash = ${made.hash}, is_locking = false, lock_error_logs = null
    where workspace_id = ${workspace} and id = ${made.id} and lock_job = ${made.job}`.execute(db)
  return numAffectedRows === 1n
}

/** Keeps why a job could not make the locks. */
export async function storeFlowLockError(
  db: Queryable,
  workspace: string,
  { id, job, error }: { readonly id: number; readonly job: string; readonly error: string },
): Promise<void> {
  await sql`
    update flow_version set lock_error_logs = ${error}, is_locking = false
    where workspace_id = ${workspace} and id = ${id} and lock_job = ${job}`.execute(db)
}
