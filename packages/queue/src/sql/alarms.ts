import type { Database } from '@millrace/db'

/** From when on something is alarming. */
export interface AlarmThresholds {
  /** Age of a transaction, in milliseconds. */
  readonly transactionMs: number
  /** Dead rows of one table. */
  readonly deadRows: number
  /** Log that a replication slot keeps, in bytes. */
  readonly walBytes: number
}

/** Something that makes the queue slow or the disk full if nobody looks. The message says what it is and what to do. */
export interface Alarm {
  readonly kind: (typeof alarmKinds)[number]
  /** What it is about; the same as long as it lasts. */
  readonly subject: string
  readonly message: string
  readonly since: Date | undefined
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export const alarmKinds = ['session', 'prepared_transaction', 'replication_slot', 'dead_rows', 'autovacuum'] as const

/** A slot or a session whose age cannot be known is alarming from this many transactions on. */
const XIDS_MAX = 1_000_000

// Of sessions of other users, without pg_read_all_stats, all but who they are and how old their snapshot is reads null. Sessions of
// other databases do not keep rows of this one; senders to standbys (without a database) do.
const SESSIONS = `
select pid, coalesce(nullif(application_name, ''), 'unknown') as application, coalesce(usename, 'unknown') as "user", state,
  backend_type, xact_start as since, extract(epoch from clock_timestamp() - xact_start)::float8 as seconds, xids::int as xids,
  case when query <> '<insufficient privilege>' then left(regexp_replace(query, '\\s+', ' ', 'g'), 200) end as query
from pg_stat_activity cross join lateral (select greatest(age(backend_xmin), age(backend_xid)) as xids) as held
where pid <> pg_backend_pid() and (datname = current_database() or datname is null)
  and backend_type is distinct from 'autovacuum worker'
  and (xact_start < clock_timestamp() - $1 * interval '1 millisecond' and (xids is not null or state like 'idle in transaction%')
    or xact_start is null and xids > $2)
order by xids desc nulls last, xact_start nulls last limit 20`

const PREPARED = `
select gid, owner as "user", prepared as since, extract(epoch from clock_timestamp() - prepared)::float8 as seconds
from pg_prepared_xacts where database = current_database() and prepared < clock_timestamp() - $1 * interval '1 millisecond'
order by prepared limit 20`

const SLOTS = `
select slot_name as slot, active, xids::int as xids, bytes::float8 as bytes
from pg_replication_slots cross join lateral (
  select greatest(age(xmin), age(catalog_xmin)) as xids,
    case when pg_is_in_recovery() then null else pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) end as bytes
) as held
where bytes > $1 or xids > $2 order by bytes desc nulls last limit 20`

const TABLES = `
select s.relname as table, s.n_live_tup::float8 as "liveRows", s.n_dead_tup::float8 as "deadRows",
  greatest(s.last_autovacuum, s.last_vacuum) as "vacuumedAt", pg_table_size(s.relid)::float8 as bytes,
  current_setting('autovacuum')::bool and current_setting('track_counts')::bool
    and not coalesce(c.reloptions::text ~ 'autovacuum_enabled=(false|off|no|0)', false) as "isVacuumed"
from pg_stat_user_tables s join pg_class c on c.oid = s.relid
where s.schemaname = current_schema() and (s.relname = 'job_queue' or s.n_dead_tup > $1)
order by s.relname <> 'job_queue', s.n_dead_tup desc limit 20`

/** A table that is watched, by the statistics of PostgreSQL. */
export interface TableState {
  readonly table: string
  readonly liveRows: number
  readonly deadRows: number
  readonly vacuumedAt: Date | null
  readonly bytes: number
  readonly isVacuumed: boolean
}

/** The alarms of this moment, and the queue's table with those that have many dead rows. */
export interface DatabaseState {
  readonly alarms: readonly Alarm[]
  readonly tables: readonly TableState[]
  /** Whether sessions of other users are seen in full. */
  readonly seesAllSessions: boolean
}

/** Looks at sessions, prepared transactions, replication slots and tables; needs no rights, and sees more with `pg_read_all_stats`. */
export async function watchDatabase(db: Database, thresholds: AlarmThresholds): Promise<DatabaseState> {
  const { transactionMs, deadRows, walBytes } = thresholds
  const sessions = await db.pool.query<SessionRow>(SESSIONS, [transactionMs, XIDS_MAX])
  const prepared = await db.pool.query<PreparedRow>(PREPARED, [transactionMs])
  const slots = await db.pool.query<SlotRow>(SLOTS, [walBytes, XIDS_MAX])
  const tables = await db.pool.query<TableState>(TABLES, [deadRows])
  const sees = await db.pool.query<{ all: boolean }>(
    `select pg_has_role(current_user, 'pg_read_all_stats', 'usage') as all`,
  )
  const littered = tables.rows.filter((table) => table.deadRows > Math.max(deadRows, table.liveRows / 5))
  return {
    alarms: [
      ...sessions.rows.map(ofSession),
      ...prepared.rows.map(ofPrepared),
      ...slots.rows.map(ofSlot),
      ...littered.map(ofLitter),
      ...tables.rows.filter((table) => !table.isVacuumed).map(ofNoVacuum),
    ],
    tables: tables.rows,
    seesAllSessions: sees.rows[0]?.all ?? false,
  }
}

interface SessionRow {
  readonly pid: number
  readonly application: string
  readonly user: string
  readonly state: string | null
  readonly backend_type: string | null
  readonly since: Date | null
  readonly seconds: number | null
  readonly xids: number | null
  readonly query: string | null
}

interface PreparedRow {
  readonly gid: string
  readonly user: string
  readonly since: Date
  readonly seconds: number
}

interface SlotRow {
  readonly slot: string
  readonly active: boolean
  readonly xids: number | null
  readonly bytes: number | null
}

function ofSession(row: SessionRow): Alarm {
  const { pid, application, user, state, since, seconds, xids, query } = row
  const doing =
    seconds === null
      ? 'something that is hidden from us'
      : `a transaction for ${duration(seconds)} (${state ?? 'state unknown'})`
  const harm =
    xids === null
      ? 'its locks stay'
      : `rows that died since its start cannot be vacuumed (${xids} transactions), and the queue slows down`
  return {
    kind: 'session',
    subject: `process ${pid}`,
    message: `Process ${pid} of PostgreSQL (${application}, user ${user}) has been at ${doing}: ${harm}. End it with: select pg_terminate_backend(${pid})`,
    since: since ?? undefined,
    facts: {
      pid,
      application,
      user,
      state,
      backend_type: row.backend_type,
      age_s: seconds && Math.round(seconds),
      xids,
      query,
    },
  }
}

function ofPrepared({ gid, user, since, seconds }: PreparedRow): Alarm {
  return {
    kind: 'prepared_transaction',
    subject: `prepared transaction ${gid}`,
    message: `The prepared transaction ${gid} of ${user} has been left for ${duration(seconds)}: rows that died since cannot be vacuumed. End it with: rollback prepared '${gid.replaceAll("'", "''")}'`,
    since,
    facts: { gid, user, age_s: Math.round(seconds) },
  }
}

function ofSlot({ slot, active, xids, bytes }: SlotRow): Alarm {
  const kept = bytes === null ? 'log' : `${Math.round(bytes / 1_048_576)} MiB of log`
  return {
    kind: 'replication_slot',
    subject: `replication slot ${slot}`,
    message: `The replication slot ${slot} (${active ? 'in use' : 'in use by nobody'}) keeps ${kept}${xids === null ? '' : ` and rows of ${xids} transactions`}: the disk fills up. Make its reader catch up, or drop it with: select pg_drop_replication_slot('${slot}')`,
    since: undefined,
    facts: { slot, active, xids, bytes },
  }
}

function ofLitter({ table, deadRows, liveRows, vacuumedAt }: TableState): Alarm {
  return {
    kind: 'dead_rows',
    subject: `table ${table}`,
    message: `The table ${table} has ${deadRows} dead rows beside ${liveRows} live ones (last vacuumed: ${vacuumedAt?.toISOString() ?? 'never'}). Look for an old transaction, or run: vacuum ${table}`,
    since: undefined,
    facts: { table, dead_rows: deadRows, live_rows: liveRows },
  }
}

function ofNoVacuum({ table }: TableState): Alarm {
  return {
    kind: 'autovacuum',
    subject: `autovacuum of ${table}`,
    message: `Autovacuum is off for ${table}, so it grows without end. Switch on autovacuum and track_counts, and reset autovacuum_enabled of the table.`,
    since: undefined,
    facts: { table },
  }
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
