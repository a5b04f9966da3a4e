import type { Database } from '@millrace/db'

/** Days over which the jobs are spread, today included. */
export const DAYS = 30
/** The workspace of nearly all jobs. */
export const WORKSPACE = 'admins'

/** Jobs of a turn of the filling statement; a day is filled in turns, so that memory and locks stay small. */
const TURN = 100_000

// As an installation would leave them: 200 people of whom few do most, 300 scripts, ten tags, 2% failures, and of each thing one
// that is rare (one job in 20,000 to 100,000) and one that only the oldest day has.
const FILL = `
with n as (
  select i, ($1::date::timestamp at time zone 'utc') + i * ($2::float8 * interval '1 second') as at,
    abs(hashint8($4::bigint * 100000000 + i)::bigint) as h
  from generate_series($3::bigint, $3::bigint + $5::bigint - 1) as i
), rows as (
  select at, h, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(i::text), 1, 3) || '8' ||
    substr(md5(i::text || $4::text), 4, 15))::uuid as id,
    case when h % 50 = 0 then 'second' else 'admins' end as workspace_id, i
  from n
), asked as (
  insert into job (id, workspace_id, kind, script_path, script_hash, language, args, tag, created_by, email, permissioned_as,
    created_at, trigger_kind)
  select id, workspace_id,
    case when h % 20011 = 0 then 'dependencies' when h % 10 = 0 then 'preview' else 'script' end,
    case when h % 10 = 0 then null when h % 50021 = 0 then 'f/rare/script' else 'f/team' || (h / 7) % 20 || '/script' || floor(sqrt((h / 7) % 90000)) end,
    substr(md5(((h / 7) % 300)::text), 1, 16), 'bash', json_build_object('n', h % 1000, 'customer', 'c' || h % 100003),
    case when h % 50023 = 0 then 'gpu' else 'tag' || (h / 11) % 10 end,
    case when h % 99991 = 0 then 'rare' when $6 and i % 5000 = 7 then 'ancient' else 'user' || floor(sqrt((h / 13) % 40000)) end,
    'u@example.org', 'u/user', at,
    case when h % 99989 = 0 then 'email' when h % 3 = 0 then 'webhook' when h % 3 = 1 then 'schedule' else 'ui' end
  from rows
)
insert into job_outcome (id, workspace_id, status, result, started_at, finished_at, duration_ms, wait_ms, attempt, worker)
select id, workspace_id, case when h % 50 = 1 then 'failure' when h % 500 = 3 then 'canceled' when h % 100019 = 5 then 'skipped' else 'success' end,
  json_build_object('ok', true, 'n', h % 1000), at + interval '5 ms', at + interval '5 ms' + (h % 3000) * interval '1 ms',
  h % 3000, 5, 1, 'worker-' || to_char(at, 'MMDD') || '-' || (h / 17) % 20
from rows`

/** Fills that many finished jobs into 30 daily partitions, evenly, and vacuums as the server would have by then. */
export async function fillOutcomes(db: Database, rows: number, say: (line: string) => void): Promise<void> {
  const { rows: days } = await db.pool.query<{ day: string }>(
    `select ((now() at time zone 'utc')::date - n)::text as day from generate_series($1::int, 0, -1) as n`,
    [DAYS - 1],
  )
  await db.pool.query(
    `insert into workspace (id, name, owner) values ('second', 'second', 'bench') on conflict do nothing`,
  )
  const perDay = Math.ceil(rows / DAYS)
  for (const [nth, { day }] of days.entries()) {
    await db.pool.query('select make_job_partitions($1::date)', [day])
    const { rows: spans } = await db.pool.query<{ s: number }>(
      `select extract(epoch from least($1::date + 1, now() at time zone 'utc') - $1::date)::float8 as s`,
      [day],
    )
    const gapS = (spans[0]?.s ?? 86_400) / perDay
    for (let at = 0; at < perDay; at += TURN)
      await db.pool.query(FILL, [day, gapS, at, nth, Math.min(TURN, perDay - at), nth === 0])
    if (nth % 5 === 4) say(`${((nth + 1) * perDay).toLocaleString('en-US')} jobs`)
  }
  await db.pool.query('vacuum analyze job')
  await db.pool.query('vacuum analyze job_outcome')
}
