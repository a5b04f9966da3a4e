import { sql } from 'kysely'
import type { Queryable } from '../database.ts'

/** A result that is still good; JSON text, in an object because null is a result too. */
export async function findCachedResult(
  db: Queryable,
  workspace: string,
  key: string,
): Promise<{ readonly result: string | null } | undefined> {
  const { rows } = await sql<{ result: string | null }>`
    select result::text as result from result_cache
    where workspace_id = ${workspace} and key = ${key} and expires_at > now()`.execute(db)
  return rows[0]
}

/** Keeps a result for so many seconds. */
export async function keepResult(
  db: Queryable,
  workspace: string,
  { key, result, ttlS }: { readonly key: string; readonly result: string | null; readonly ttlS: number },
): Promise<void> {
  await sql`
    insert into result_cache (workspace_id, key, result, expires_at)
    values (${workspace}, ${key}, ${result}::json, now() + ${ttlS} * interval '1 second')
    on conflict (workspace_id, key) do update set result = excluded.result, expires_at = excluded.expires_at`.execute(
    db,
  )
}
