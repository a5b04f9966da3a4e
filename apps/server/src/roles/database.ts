import { join } from 'node:path'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { migrate, startEmbeddedPostgres, type EmbeddedPostgres } from '@millrace/db'
import type { Config } from '../config.ts'

/** The database as the other roles need it. */
export interface ReadyDatabase {
  readonly url: string
  readonly role: string | undefined
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

/** Migrates; a database that is still starting up is waited for. */
export async function prepareDatabase(url: string, log: Logger): Promise<ReadyDatabase> {
  const { role, applied } = await migrate({ url, poolSize: 1, applicationName: 'millrace:migrate' })
  if (applied.length > 0) log.info({ applied }, 'the database was migrated')
  return { url, role }
}
