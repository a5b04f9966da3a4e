import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { sleep } from '@millrace/base/time'
import { openClient, type DatabaseOptions } from './database.ts'
import { listLockHolders, type LockHolder } from './lock-holders.ts'

const LOCK_KEY = 7_262_001
const APP_ROLE = 'millrace_app'
/** How long a migration waits for a lock: all that comes behind it waits as long. */
const LOCK_TIMEOUT_MS = 500
const PAUSE_MS_MAX = 5000
const MIGRATIONS = new URL('../migrations/', import.meta.url)

/** A file of `migrations/`: `NNNN_noun_change.sql`, run once, in order, in one transaction. */
export interface Migration {
  readonly name: string
  readonly text: string
  readonly checksum: string
}

/** Thrown when this program and the database cannot go together; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** How a migration waits for tables that others hold. */
export interface MigrationTerms {
  /** Those of this program unless told otherwise. */
  readonly migrations?: readonly Migration[]
  /** After how long it gives up, in milliseconds: 10 minutes unless told otherwise. */
  readonly patienceMs?: number
  /** Told each time that a lock was not to be had; whoever holds one is named. */
  readonly onWait?: (migration: string, holders: readonly LockHolder[]) => void
}

/**
 * Brings the schema up to date, each migration in a transaction under an advisory lock, so that any number of servers may
 * start at once. Rights: the given user needs `create` on its database and schema, nothing more. A superuser's rights are put
 * away: everything is created and used under the role that is returned, so that row-level security binds us too; otherwise
 * the role is undefined. A migration never queues behind a long transaction, which would stop everybody: it waits half a
 * second for its locks, lets go and tries again.
 */
export async function migrate(
  options: DatabaseOptions,
  terms: MigrationTerms = {},
): Promise<{ readonly role: string | undefined; readonly applied: readonly string[] }> {
  const client = openClient(options)
  await client.connect()
  try {
    await requireVersion(client)
    const role = await inTurn(client, undefined, () => putRightsAway(client))
    return { role, applied: await applyMissing({ client, role, terms }, terms.migrations ?? (await readMigrations())) }
  } finally {
    await client.end()
  }
}

/** All migrations that this program knows, in order. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, MIGRATIONS), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(`select current_setting('server_version_num') as version`)
  const version = Number(rows[0]?.version ?? 0)
  if (version < 150_000)
    throw new MigrationError(
      `PostgreSQL 15 or newer is needed; this server is ${Math.floor(version / 10_000)}. Upgrade it or point DATABASE_URL elsewhere.`,
    )
}

async function putRightsAway(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ strong: boolean }>(
    'select rolsuper or rolbypassrls as strong from pg_roles where rolname = current_user',
  )
  if (!rows[0]?.strong) return undefined
  await client.query(`do $$ begin
    if not exists (select from pg_roles where rolname = '${APP_ROLE}') then create role ${APP_ROLE} nologin; end if;
    execute format('grant create, connect, temporary on database %I to ${APP_ROLE}', current_database());
    execute format('grant usage, create on schema %I to ${APP_ROLE}', current_schema());
  end $$`)
  return APP_ROLE
}

interface Migrating {
  readonly client: pg.Client
  readonly role: string | undefined
  readonly terms: MigrationTerms
}

async function applyMissing(on: Migrating, migrations: readonly Migration[]): Promise<readonly string[]> {
  const done = await inTurn(on.client, on.role, async () => {
    await on.client.query(`create table if not exists schema_migration (
      name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
    return await loadApplied(on.client)
  })
  refuseStrangers(done, migrations)
  const applied: string[] = []
  for (const migration of migrations) {
    if (done.has(migration.name)) continue
    if (await applyPatiently(on, migration)) applied.push(migration.name)
  }
  return applied
}

async function loadApplied(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migration')
  return new Map(rows.map((row) => [row.name, row.checksum]))
}

function refuseStrangers(done: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.checksum]))
  for (const [name, checksum] of done) {
    const ours = known.get(name)
    if (ours === undefined)
      throw new MigrationError(
        `The database was migrated by a newer Millrace (${name}). Start that version, or restore a backup.`,
      )
    if (ours !== checksum)
      throw new MigrationError(
        `Migration ${name} differs from the one that was applied. Migrations are append-only: restore the file and add a new one.`,
      )
  }
}

async function applyPatiently({ client, role, terms }: Migrating, migration: Migration): Promise<boolean> {
  const deadline = performance.now() + (terms.patienceMs ?? 600_000)
  for (let pauseMs = 250; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
    try {
      return await inTurn(client, role, () => applyOne(client, migration))
    } catch (error) {
      if (!isLockTimeout(error)) throw asMigrationError(migration, error)
      const holders = await listLockHolders(client)
      if (performance.now() > deadline) throw asMigrationError(migration, error, holders)
      terms.onWait?.(migration.name, holders)
      await sleep(pauseMs)
    }
  }
}

/** False when another server has applied it meanwhile. */
async function applyOne(client: pg.Client, { name, text, checksum }: Migration): Promise<boolean> {
  if ((await loadApplied(client)).has(name)) return false
  await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
  await client.query(text)
  await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [name, checksum])
  return true
}

/**
 * A transaction that only one server has at a time, under the role. Lock and role last as long as the transaction, so that it
 * may go through a pooler and leaves nothing behind in a session.
 */
async function inTurn<T>(client: pg.Client, role: string | undefined, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY])
    if (role !== undefined) await client.query(`set local role ${role}`)
    const value = await work()
    await client.query('commit')
    return value
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '55P03'
}

function asMigrationError(migration: Migration, cause: unknown, holders: readonly LockHolder[] = []): MigrationError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const named = holders.map(({ pid, application, user, state }) => `process ${pid} (${application}, ${user}, ${state})`)
  const remedy = named.length > 0 ? ` Open transactions hold its tables; end them: ${named.join(', ')}.` : ''
  return new MigrationError(`Migration ${migration.name} failed: ${message}.${remedy}`, { cause })
}
