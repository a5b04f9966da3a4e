import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Remembers that a job read a secret; once is enough. */
export async function insertJobSecret(
  db: Queryable,
  secret: { readonly workspace: string; readonly jobId: string; readonly digest: Buffer; readonly sealed: Buffer },
): Promise<void> {
  await db
    .insertInto('job_secret')
    .values({ workspace_id: secret.workspace, job_id: secret.jobId, digest: secret.digest, sealed: secret.sealed })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** What these jobs have read. */
export async function listJobSecrets(
  db: Queryable,
  jobIds: readonly string[],
): Promise<readonly { readonly job_id: string; readonly sealed: Buffer }[]> {
  const { rows } = await sql<{ job_id: string; sealed: Buffer }>`
    select job_id, sealed from job_secret where job_id = any (${[...jobIds]}::uuid[])`.execute(db)
  return rows
}
