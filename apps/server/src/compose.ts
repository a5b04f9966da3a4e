import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createApi, tellHandlers, createLoginLink, ensureAdmin } from '@millrace/api'
import { Supervisor, type Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import type { MetricSource } from '@millrace/base/metrics'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import {
  alarmThresholds,
  enginePlannerSettings,
  Keeper,
  makePartitions,
  NearWorkers,
  Notifier,
  Queue,
} from '@millrace/queue'
import { chooseSandbox, type SandboxChoice } from '@millrace/sandbox'
import { openVault, type SecretKeys } from '@millrace/vault'
import type { Config } from './config.ts'
import { metricsServer } from './metrics/metrics-server.ts'
import { poolMetrics, processMetrics } from './metrics/process-metrics.ts'
import { EmbeddedDatabase, poolOptions, type PoolRole, prepareDatabase, type ReadyDatabase } from './roles/database.ts'
import { describeSandbox, makeWorkerServices } from './roles/worker.ts'
import { readSecretKeys } from './secret-keys.ts'

const WEB_FOLDER = join(fileURLToPath(import.meta.url), '../../../web/dist')

/** Which roles a process takes on. */
export interface Roles {
  readonly server: boolean
  readonly worker: boolean
}

/** A running process; what a person is told of it is in `welcome`. */
export interface Running {
  readonly welcome: Welcome
  /** Resolves with the reason when the process should end by itself. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** What is told once everything is up. */
export interface Welcome {
  readonly url: string | undefined
  readonly loginLink: string | undefined
  readonly admin: { readonly email: string; readonly password: string | undefined } | undefined
  /** Why no job can run here, or how jobs are not isolated. */
  readonly notices: readonly string[]
}

/** Thrown when a worker was asked for and this host cannot isolate jobs. */
export class CannotIsolate extends Error {
  override readonly name = 'CannotIsolate'
}

/** Builds and starts everything of a process, from the database up; stops what it started when a part fails. */
export async function startProcess(config: Config, log: Logger, roles: Roles): Promise<Running> {
  const embedded =
    config.server.databaseUrl === undefined ? new EmbeddedDatabase(config, log.child('postgres')) : undefined
  const foundation = new Supervisor(embedded ? [embedded] : [], log)
  await foundation.start()
  const databases: Database[] = []
  try {
    const ready = await prepareDatabase(config, embedded?.url, log)
    const ownsFolder = embedded !== undefined
    const secretKeys = await readSecretKeys(config, ownsFolder)
    const parts = await compose({ config, log, roles, ready, databases, ownsFolder, secretKeys })
    const supervisor = new Supervisor(parts.services, log)
    await supervisor.start()
    const stop = async () => {
      await supervisor.stop()
      await Promise.all(databases.map((db) => closeDatabase(db)))
      await foundation.stop()
    }
    return { welcome: await parts.welcome(), ended: parts.ended, stop }
  } catch (error) {
    await Promise.allSettled(databases.map((db) => closeDatabase(db)))
    await foundation.stop()
    throw error
  }
}

interface Composition {
  readonly services: readonly Service[]
  readonly ended: Promise<string>
  welcome(): Promise<Welcome>
}

interface ComposeOptions {
  readonly config: Config
  readonly log: Logger
  readonly roles: Roles
  readonly ready: ReadyDatabase
  /** Receives every pool that is opened. */
  readonly databases: Database[]
  readonly ownsFolder: boolean
  readonly secretKeys: SecretKeys
}

async function compose(options: ComposeOptions): Promise<Composition> {
  const { config, log, roles, ready, databases, ownsFolder, secretKeys } = options
  const open = (role: PoolRole, settings: readonly string[] = []) => {
    const db = openDatabase({ ...poolOptions(config, ready.route, role), settings })
    databases.push(db)
    return db
  }
  const notifier = new Notifier({ ...ready.direct, poolSize: 1, applicationName: 'millrace' }, log.child('notifier'))
  const near = new NearWorkers()
  const metrics: MetricSource = async () => {
    const sources = [processMetrics, poolMetrics(databases), ...(worker ? [worker.metrics] : [])]
    return (await Promise.all(sources.map((read) => read()))).flat()
  }
  const server = roles.server
    ? await composeServer(options, {
        db: open('api'),
        queueDb: open('queue', enginePlannerSettings),
        keeperDb: open('keeper'),
        notifier,
        near,
        metrics,
      })
    : undefined
  const internalUrl = () => config.worker.internalUrl ?? server?.url() ?? config.api.baseUrl ?? ''
  const sandbox = roles.worker
    ? await chooseSandbox(config.sandbox.mode, {
        folder: config.sandbox.folder ?? join(config.server.dataDir, 'sandbox'),
      })
    : undefined
  if (sandbox && !sandbox.found && !roles.server) throw new CannotIsolate(`${sandbox.problem}\n${sandbox.remedy}`)
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const workerDb = sandbox?.found ? open('worker', enginePlannerSettings) : undefined
  const worker =
    sandbox?.found && workerDb
      ? await makeWorkerServices({
          config,
          log,
          db: workerDb,
          vault: await openVault(workerDb, secretKeys),
          notifier,
          near,
          sandbox: sandbox.sandbox,
          ownsFolder,
          internalUrl,
          // A process that is only a worker ends, so that whoever started it starts a fresh one.
          onSpent: roles.server ? undefined : () => end('spent'),
        })
      : undefined
  const { metricsPort: port } = config.server
  const watch =
    port > 0 ? [metricsServer({ host: config.api.host, port, read: metrics, log: log.child('metrics') })] : []
  const workers = [...watch, ...(worker?.services ?? [])]
  return {
    // The API is the last to come and the first to go: it takes no work that nobody could do.
    services: [notifier, ...(server ? [server.keeper] : []), ...workers, ...(server ? [server.api] : [])],
    ended,
    async welcome() {
      const admin = server ? await server.welcome() : undefined
      return { url: server?.url(), loginLink: admin?.loginLink, admin: admin?.admin, notices: noticesOf(sandbox) }
    },
  }
}

interface ServerParts {
  readonly db: Database
  /** For what is asked of the queue. */
  readonly queueDb: Database
  /** Of the duties. */
  readonly keeperDb: Database
  readonly notifier: Notifier
  readonly near: NearWorkers
  readonly metrics: MetricSource
}

async function composeServer({ config, log, secretKeys }: ComposeOptions, parts: ServerParts) {
  const { db, queueDb, keeperDb, notifier, near, metrics } = parts
  await makePartitions(keeperDb)
  const queue = new Queue(queueDb, notifier, near)
  const webFolder = existsSync(join(WEB_FOLDER, 'index.html')) ? WEB_FOLDER : undefined
  const api = await createApi({
    db,
    queue,
    config: config.api,
    log: log.child('api'),
    leaseMs: config.queue.leaseMs,
    alarms: alarmThresholds(config.queue),
    metrics,
    webFolder,
    secretKeys,
  })
  const context = {
    db: keeperDb,
    notifier,
    log: log.child('keeper'),
    leaseMs: config.queue.leaseMs,
    retentionDays: config.queue.retentionDays,
    alarms: alarmThresholds(config.queue),
  }
  const keeper = new Keeper(context, [tellHandlers({ db, queue })])
  const url = () => api.url?.replace(/\/\/(127\.0\.0\.1|0\.0\.0\.0|\[::\])/, '//localhost')
  return {
    api,
    keeper,
    url,
    async welcome() {
      const { adminEmail: email, adminPassword } = config.server
      const { password } = await ensureAdmin(db, { email, password: adminPassword })
      return {
        admin: { email, password },
        loginLink: `${config.api.baseUrl ?? url() ?? ''}${await createLoginLink(db, email)}`,
      }
    },
  }
}

function noticesOf(choice: SandboxChoice | undefined): readonly string[] {
  if (!choice) return []
  if (!choice.found) return [`Jobs wait: no worker runs here. ${choice.problem} ${choice.remedy}`]
  const { notice } = describeSandbox(choice.sandbox)
  return notice ? [notice] : []
}
