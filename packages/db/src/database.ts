import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Schema } from './schema.generated.ts'
import { sessionSettings, startupOptions, type Pooler, type SessionOptions } from './session-settings.ts'
import { transactionClient } from './transaction-client.ts'

pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Where and how to connect. `role` is taken on for every statement, so that no superuser rights are used. */
export interface DatabaseOptions extends SessionOptions {
  readonly url: string
  /** Connections of this process at the most. */
  readonly poolSize: number
  readonly applicationName: string
  /** `transaction` where `url` is a pooler's, which gives a session for one transaction only. */
  readonly pooler?: Pooler
}

/** One process's connections: `kysely` for CRUD, `pool` for the hand-written statements of hot paths. */
export interface Database {
  readonly options: DatabaseOptions
  readonly pool: pg.Pool
  readonly kysely: Kysely<Schema>
}

/** Either the database itself or a transaction in it. */
export type Queryable = Kysely<Schema> | Transaction<Schema>

/** A transaction, as `inWorkspace` opens them. */
export type WorkspaceTransaction = Transaction<Schema>

/** A pool or one connection, for hand-written statements. */
export type Connection = Pick<pg.Pool, 'query'>

/** Where one statement goes: a pool, or what sends it together with another one. */
export interface Sender {
  query<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<pg.QueryResult<R>>
}

/** What hand-written statements go through: a database, or what sends them together with others. */
export interface Through {
  readonly pool: Sender
}

/**
 * Opens a pool whose connections see every workspace (`millrace.workspace = '*'`): for the engine and for routes that
 * stand above workspaces. What serves one workspace goes through `inWorkspace`, and row-level security holds it there.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...connectionConfig(options),
    Client: clientOf(options),
    max: options.poolSize,
    idleTimeoutMillis: 60_000,
  })
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {})
  // So would one that breaks in use (the pool listens to idle ones only): its query is told, and that is enough.
  pool.on('connect', (client) => client.on('error', () => {}))
  return { options, pool, kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }) }
}

/** A connection outside the pool, for LISTEN and migrations; the caller connects and ends it. */
export function openClient(options: DatabaseOptions): pg.Client {
  const client = new (clientOf(options))(connectionConfig(options))
  client.on('error', () => {})
  return client
}

/** Ends all connections of the pool. */
export async function closeDatabase(db: Database): Promise<void> {
  await db.pool.end()
}

/** One transaction that sees and writes rows of one workspace only, whatever its statements say. */
export function inWorkspace<T>(
  db: Database,
  workspace: string,
  work: (tx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return db.kysely.transaction().execute(async (tx) => {
    await enterWorkspace(tx, workspace)
    return await work(tx)
  })
}

/**
 * The same for reading alone, where all statements see one instant: what the queue and what the engine of flows say of a run is then
 * what was stored together. Costs no more turns than `inWorkspace`. Undefined is every workspace.
 */
export function inSnapshot<T>(
  db: Database,
  workspace: string | undefined,
  work: (tx: WorkspaceTransaction) => Promise<T>,
): Promise<T> {
  const snapshot = db.kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return snapshot.execute(async (tx) => {
    if (workspace !== undefined) await enterWorkspace(tx, workspace)
    return await work(tx)
  })
}

async function enterWorkspace(tx: WorkspaceTransaction, workspace: string): Promise<void> {
  await sql`select set_config('millrace.workspace', ${workspace}, true)`.execute(tx)
}

/** One transaction on a pooled connection, for hand-written statements; rolled back when `work` throws. */
export async function inTransaction<T>(db: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  try {
    await client.query('begin')
    const value = await work(client)
    await client.query('commit')
    client.release()
    return value
  } catch (error) {
    const rolledBack = await client.query('rollback').then(
      () => true,
      () => false,
    )
    client.release(!rolledBack)
    throw error
  }
}

function clientOf(options: DatabaseOptions): typeof pg.Client {
  return options.pooler === 'transaction' ? transactionClient(sessionSettings(options)) : pg.Client
}

function connectionConfig(options: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    // A pooler knows no options of a session; a statement and its commit go to it in one turn.
    ...(options.pooler === 'transaction' ? { pipeline: true } : { options: startupOptions(options) }),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  }
}
