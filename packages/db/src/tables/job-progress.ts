import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Says how far a job is; it never goes back. */
export async function putJobProgress(db: Queryable, workspace: string, jobId: string, percent: number): Promise<void> {
  await sql`
    insert into job_progress (workspace_id, job_id, percent) values (${workspace}, ${jobId}::uuid, ${percent})
    on conflict (job_id) do update set percent = greatest(job_progress.percent, excluded.percent), told_at = now()`.execute(
    db,
  )
}

/** Percent; undefined when the job never said. */
export async function findJobProgress(db: Queryable, workspace: string, jobId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('job_progress')
    .select('percent')
    .where('workspace_id', '=', workspace)
    .where('job_id', '=', jobId)
    .executeTakeFirst()
  return row?.percent
}
