import type { Database } from '@millrace/db'

// As the duty that delivers what lies for long, for one frame at once.
const WAKE = `
update job_queue q set state = 'ready', due_at = now(), fair = queue_place(q.tag, q.priority, q.workspace_id)
where q.id = $1 and q.state in ('suspended', 'scheduled')
returning q.tag`

/** Lets a worker claim a frame of a flow that waits, so that it takes in what happened; its tag, if it does wait. */
export async function wakeFrame(db: Database, id: string): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ tag: string }>(WAKE, [id])
  return rows[0]?.tag
}
