import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** How far the lock of a version is. */
export interface LockState {
  readonly lock: string | null
  readonly lock_error_logs: string | null
  readonly lock_job: string | null
  readonly archived: boolean
  readonly serves: boolean
}

/** Notes at versions which job makes their locks; what earlier ones make, or could not make, counts no more. */
export async function noteLockJobs(
  db: Queryable,
  workspace: string,
  notes: readonly { readonly hash: string; readonly job: string }[],
): Promise<void> {
  if (notes.length === 0) return
  const hashes = notes.map((note) => note.hash)
  const jobs = notes.map((note) => note.job)
  await sql`
    update script s set lock_job = note.job, lock_error_logs = null from unnest(${hashes}::text[], ${jobs}::uuid[]) as note(hash, job)
    where s.workspace_id = ${workspace} and s.hash = note.hash`.execute(db)
}

/** How far the lock of a version is. */
export async function findLockState(db: Queryable, workspace: string, hash: string): Promise<LockState | undefined> {
  return await db
    .selectFrom('script')
    .select(['lock', 'lock_error_logs', 'lock_job', 'archived', 'serves'])
    .where('workspace_id', '=', workspace)
    .where('hash', '=', hash)
    .where('deleted', '=', false)
    .executeTakeFirst()
}

/**
 * Keeps the lock that a job has made, with what it was made for; false where a later job has made it already. A change of either raises the
 * revision.
 */
export async function storeLock(
  db: Queryable,
  workspace: string,
  {
    hash,
    job,
    lock,
    key,
  }: { readonly hash: string; readonly job: string; readonly lock: string; readonly key: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update script set lock = ${lock}, lock_key = ${key}, lock_error_logs = null,
      lock_revision = lock_revision + case when lock <> ${lock} or lock is not null and lock_key is distinct from ${key} then 1 else 0 end
    where workspace_id = ${workspace} and hash = ${hash} and (lock_job = ${job} or lock is null)`.execute(db)
  return numAffectedRows === 1n
}

/** Keeps why a job could not make the lock; the version keeps the lock that it has. */
export async function storeLockError(
  db: Queryable,
  workspace: string,
  { hash, job, error }: { readonly hash: string; readonly job: string; readonly error: string },
): Promise<void> {
  await db
    .updateTable('script')
    .set({ lock_error_logs: error })
    .where('workspace_id', '=', workspace)
    .where('hash', '=', hash)
    .where('lock_job', '=', job)
    .execute()
}
