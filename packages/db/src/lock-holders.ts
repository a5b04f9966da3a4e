import type pg from 'pg'

/** A session with an open transaction that holds locks of our tables. What we may not see of other users reads `unknown`. */
export interface LockHolder {
  readonly pid: number
  readonly application: string
  readonly user: string
  readonly state: string
}

/** Sessions that hold tables of this schema, the oldest transaction first, ten at the most. */
export async function listLockHolders(client: Pick<pg.Client, 'query'>): Promise<readonly LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `select a.pid, coalesce(nullif(a.application_name, ''), 'unknown') as application, coalesce(a.usename, 'unknown') as user,
       coalesce(a.state, 'unknown') as state
     from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and exists (
       select from pg_locks l join pg_class c on c.oid = l.relation
       where l.pid = a.pid and l.granted and l.locktype = 'relation' and c.relkind in ('r', 'p')
         and c.relnamespace = current_schema()::regnamespace
         and l.database = (select oid from pg_database where datname = current_database()))
     order by a.xact_start nulls last limit 10`,
  )
  return rows
}
