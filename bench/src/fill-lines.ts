import type { Database } from '@millrace/db'

/** Rows of one statement. */
const TURN = 100_000

// Tenants that entered their lines together: the nth job of each stands where fair queueing would put it.
const FILL = `
with rows as (
  select i, millrace_new_id() as id, 'tenant-' || i % $3::int as workspace_id, 'tag-' || (i / $3::int) % $4::int as tag,
    i / ($3::int * $4::int) as nth
  from generate_series($1::bigint, $1::bigint + $2::bigint - 1) as i
), asked as (
  insert into job (id, workspace_id, kind, args, tag, created_by, email, permissioned_as)
  select id, workspace_id, 'noop', '{"n":1}', tag, 'bench', 'b@example.org', 'u/bench' from rows
)
insert into job_queue (id, workspace_id, tag, state, fair, due_at)
select id, workspace_id, tag, 'ready', nth * 1000, now() from rows`

/** Lines of ready jobs: of how many jobs, tenants and tags. */
export interface Lines {
  readonly jobs: number
  readonly tenants: number
  readonly tags: number
}

/** Fills them, by the server itself, and vacuums. The tags. */
export async function fillLines(db: Database, { jobs, tenants, tags }: Lines): Promise<readonly string[]> {
  await db.pool.query(
    `insert into workspace (id, name, owner) select 'tenant-' || n, 'tenant-' || n, 'bench'
     from generate_series(0, $1::int - 1) as n`,
    [tenants],
  )
  for (let at = 0; at < jobs; at += TURN) await db.pool.query(FILL, [at, Math.min(TURN, jobs - at), tenants, tags])
  await db.pool.query('vacuum analyze job')
  await db.pool.query('vacuum analyze job_queue')
  return Array.from({ length: tags }, (_, nth) => `tag-${nth}`)
}
