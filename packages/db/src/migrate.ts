import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { openClient, type DatabaseOptions } from './database.ts'

const LOCK_KEY = 7_262_001
const APP_ROLE = 'millrace_app'
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

/**
 * Brings the schema up to date under an advisory lock, so that any number of servers may start at once. Rights: the given
 * user needs `create` on its database and schema, nothing more. A superuser's rights are put away: everything is created and
 * used under the role that is returned, so that row-level security binds us too; otherwise the role is undefined.
 */
export async function migrate(
  options: DatabaseOptions,
): Promise<{ readonly role: string | undefined; readonly applied: readonly string[] }> {
  const client = openClient(options)
  await client.connect()
  try {
    await requireVersion(client)
    await client.query('select pg_advisory_lock($1)', [LOCK_KEY])
    const role = await putRightsAway(client)
    return { role, applied: await applyMissing(client, await readMigrations()) }
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
  await client.query(`set role ${APP_ROLE}`)
  return APP_ROLE
}

async function applyMissing(client: pg.Client, migrations: readonly Migration[]): Promise<readonly string[]> {
  await client.query(`create table if not exists schema_migration (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`)
  const { rows } = await client.query<{ name: string; checksum: string }>('select name, checksum from schema_migration')
  const done = new Map(rows.map((row) => [row.name, row.checksum]))
  refuseStrangers(done, migrations)
  const applied: string[] = []
  for (const migration of migrations) {
    if (done.has(migration.name)) continue
    await applyOne(client, migration)
    applied.push(migration.name)
  }
  return applied
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

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.text)
    await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new MigrationError(
      `Migration ${migration.name} failed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}
