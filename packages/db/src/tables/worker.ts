import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** How one kind of live worker isolates jobs. */
export interface SandboxRow {
  readonly sandbox: string
  readonly isolated: boolean
  readonly notice: string | null
}

/** Workers whose lease has not run out. */
export async function countLiveWorkers(db: Queryable, leaseMs: number): Promise<number> {
  const row = await db
    .selectFrom('worker')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('last_seen_at', '>', sql<Date>`now() - ${leaseMs} * interval '1 millisecond'`)
    .executeTakeFirst()
  return row?.count ?? 0
}

/** The sandboxes of live workers, each once. */
export async function listLiveSandboxes(db: Queryable, leaseMs: number): Promise<readonly SandboxRow[]> {
  return await db
    .selectFrom('worker')
    .select(['sandbox', 'isolated', 'notice'])
    .distinct()
    .where('last_seen_at', '>', sql<Date>`now() - ${leaseMs} * interval '1 millisecond'`)
    .orderBy('sandbox')
    .execute()
}
