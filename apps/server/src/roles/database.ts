import { join } from 'node:path'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { migrate, startEmbeddedPostgres, type DatabaseOptions, type EmbeddedPostgres, type Pooler } from '@millrace/db'
import type { Config } from '../config.ts'

/** A way to the database, and as whom. */
export interface Route {
  readonly url: string
  readonly pooler: Pooler
  readonly role?: string
}

/** The migrated database as the other roles need it. */
export interface ReadyDatabase {
  readonly route: Route
  /** For what needs a session of its own, listening; the same route when there is no other. */
  readonly direct: Route
}

/** The embedded PostgreSQL, kept alive: one that dies without being asked to is started again. */
export class EmbeddedDatabase implements Service {
  readonly name = 'postgres'
  readonly #folder: string
  readonly #log: Logger
  #server: EmbeddedPostgres | undefined
  #isStopping = false
  #loop: Promise<void> = Promise.resolve()

  constructor(config: Config, log: Logger) {
    this.#folder = join(config.server.dataDir, 'postgres')
    this.#log = log
  }

  get url(): string {
    return this.#server?.url ?? ''
  }

  async start(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ folder: this.#folder })
    this.#loop = this.#watch(this.#server)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#server?.stop()
    await this.#loop
  }

  async #watch(first: EmbeddedPostgres): Promise<void> {
    for (let server = first; ;) {
      await server.exited
      if (this.#isStopping) return
      this.#log.error({}, 'the embedded PostgreSQL ended by itself and is started again')
      try {
        server = await startEmbeddedPostgres({ folder: this.#folder })
        this.#server = server
        if (this.#isStopping) await server.stop()
      } catch (error) {
        this.#log.error({ err: error }, 'the embedded PostgreSQL cannot be started')
        await sleep(1000)
      }
    }
  }
}

/** Migrates; a database that others hold is waited for, and they are named. */
export async function prepareDatabase(
  config: Config,
  embeddedUrl: string | undefined,
  log: Logger,
): Promise<ReadyDatabase> {
  const { route, direct } = routes(config, embeddedUrl)
  const { role, applied } = await migrate(
    { ...direct, poolSize: 1, applicationName: 'millrace:migrate' },
    {
      onWait: (migration, holders) =>
        log.warn({ migration, holders }, 'a migration waits for tables that open transactions hold; it tries again'),
    },
  )
  if (applied.length > 0) log.info({ applied }, 'the database was migrated')
  const as = role === undefined ? {} : { role }
  return { route: { ...route, ...as }, direct: { ...direct, ...as } }
}

/** How the given or the embedded database is reached. */
function routes(config: Config, embeddedUrl: string | undefined): ReadyDatabase {
  const { pooler, directUrl } = config.database
  const own = { url: embeddedUrl ?? config.server.databaseUrl ?? '', pooler: 'none' } as const
  if (embeddedUrl !== undefined || pooler === 'none') return { route: own, direct: own }
  const route = { ...own, pooler }
  return { route, direct: directUrl === undefined ? route : { url: directUrl, pooler: 'none' } }
}

/** What a pool is for. `queue` is of a server that enqueues and cancels, with the plans of the engine. */
export type PoolRole = 'api' | 'queue' | 'worker' | 'keeper'

/** A pool for each role: what it is called, how many connections it has, how long its statements may take. */
export function poolOptions(config: Config, route: Route, role: PoolRole): DatabaseOptions {
  const { database } = config
  const limits = {
    api: {
      poolSize: database.apiConnections,
      statementTimeoutMs: database.apiStatementTimeoutMs,
      lockTimeoutMs: database.apiLockTimeoutMs,
    },
    queue: {
      poolSize: database.queueConnections,
      statementTimeoutMs: database.apiStatementTimeoutMs,
      lockTimeoutMs: database.apiLockTimeoutMs,
    },
    worker: { poolSize: database.workerConnections, statementTimeoutMs: database.workerStatementTimeoutMs },
    keeper: { poolSize: database.keeperConnections, statementTimeoutMs: database.keeperStatementTimeoutMs },
  }
  return {
    ...route,
    ...limits[role],
    idleInTransactionTimeoutMs: database.idleInTransactionTimeoutMs,
    applicationName: `millrace:${role}`,
  }
}
