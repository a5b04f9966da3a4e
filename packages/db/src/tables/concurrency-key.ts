import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** Keys in one list at the most. */
const KEYS_MAX = 1000
const SHADOWS_MAX = 100

/** A key and how many jobs it holds. */
export interface ConcurrencyKeyRow {
  readonly key: string
  readonly slots: number
  readonly held: number
  readonly waiting: number
}

/** The keys with unfinished jobs or open time windows, most held first. */
export async function listConcurrencyKeys(db: Queryable): Promise<readonly ConcurrencyKeyRow[]> {
  const { rows } = await sql<ConcurrencyKeyRow>`
    with used as (
      select concurrency_key as key, count(*) filter (where state in ('ready', 'running')) as held,
        count(*) filter (where state = 'blocked') as waiting
      from job_queue where concurrency_key is not null group by concurrency_key
    ), windows as (
      select key, count(*) as held from concurrency_slot where free_at > now() group by key
    )
    select k.key, k.slots, coalesce(u.held, 0) + coalesce(s.held, 0) as held, coalesce(u.waiting, 0) as waiting
    from concurrency_key k left join used u on u.key = k.key left join windows s on s.key = k.key
    order by held desc, waiting desc, k.key limit ${KEYS_MAX}`.execute(db)
  return rows
}

/** Forgets a key and the slots of its time windows; false while unfinished jobs have it. */
export async function deleteConcurrencyKey(db: Queryable, key: string): Promise<boolean> {
  // Whoever enqueues a job with the key or lets one in locks its row first.
  await sql`select from concurrency_key where key = ${key} for update`.execute(db)
  const { rows } = await sql`select from job_queue where concurrency_key = ${key} limit 1`.execute(db)
  if (rows.length > 0) return false
  await sql`delete from concurrency_slot where key = ${key}`.execute(db)
  await sql`delete from concurrency_key where key = ${key}`.execute(db)
  return true
}

/** The key of a job and its workspace; undefined when there is no such job. */
export async function findConcurrencyKey(
  db: Queryable,
  id: string,
): Promise<{ readonly workspace_id: string; readonly key: string | null } | undefined> {
  const { rows } = await sql<{ workspace_id: string; key: string | null }>`
    select workspace_id, options -> 'concurrency' ->> 'key' as key from job where id = ${id}`.execute(db)
  return rows[0]
}

/** When jobs of other workspaces that hold slots of a key began; null for those that have not. */
export async function listHoldersElsewhere(
  db: Queryable,
  workspace: string,
  key: string,
): Promise<readonly (Date | null)[]> {
  const { rows } = await sql<{ started_at: Date | null }>`
    select started_at from job_queue
    where concurrency_key = ${key} and workspace_id <> ${workspace} and state in ('ready', 'running')
    order by started_at limit ${SHADOWS_MAX}`.execute(db)
  return rows.map((row) => row.started_at)
}
