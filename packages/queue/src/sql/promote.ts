import type { Database } from '@millrace/db'

// Walks `job_queue_due` from its low end.
const PROMOTE = `
update job_queue set state = 'ready'
where id = any (array(
  select id from job_queue where state = 'scheduled' and due_at <= now() order by due_at limit $1 for update skip locked))
returning tag`

/** Makes due jobs ready (Q3): their tags, and the milliseconds until the next one is due. */
export async function promoteDueJobs(
  db: Database,
  limit: number,
): Promise<{ readonly tags: readonly string[]; readonly nextInMs: number | undefined }> {
  const { rows } = await db.pool.query<{ tag: string }>({ name: 'promote', text: PROMOTE, values: [limit] })
  const next = await db.pool.query<{ ms: number | null }>({
    name: 'next-due',
    text: `select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from job_queue where state = 'scheduled'`,
  })
  return { tags: [...new Set(rows.map((row) => row.tag))], nextInMs: next.rows[0]?.ms ?? undefined }
}
