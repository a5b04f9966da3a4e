import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Payloads of a job that has ended are to be erased now, whenever they were to be before (the duty erase-payloads). */
export async function noteErasure(db: Queryable, id: string): Promise<void> {
  await sql`
    insert into job_erasure (id, due_at) values (${id}, now())
    on conflict (id) do update set due_at = least(job_erasure.due_at, excluded.due_at)`.execute(db)
}
