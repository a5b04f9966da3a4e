import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'
import {
  closeDatabase,
  EmbeddedPostgresError,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
  type Database,
  type EmbeddedPostgres,
} from '@millrace/db'
import type { Blow } from './nemesis.ts'

const START_MS_MAX = 20_000

/** A PostgreSQL of its own with its default durability, which may be ended and started again. */
export class OwnServer {
  readonly url: string
  readonly db: Database
  readonly #folder: string
  #server: EmbeddedPostgres

  private constructor(folder: string, server: EmbeddedPostgres) {
    this.#folder = folder
    this.#server = server
    this.url = server.url
    this.db = openDatabase({ url: server.url, poolSize: 10, applicationName: 'test' })
  }

  static async start(): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-own-'))
    await chmod(folder, 0o755)
    const server = await startEmbeddedPostgres({ folder })
    await migrate({ url: server.url, poolSize: 1, applicationName: 'test' })
    return new OwnServer(folder, server)
  }

  /**
   * Ends it and starts it again: as `pg_ctl stop -m immediate` does (SIGQUIT: no checkpoint, every connection cut) or by
   * SIGKILL of its first process. `away` is done while it is down.
   */
  async restart(signal: 'SIGQUIT' | 'SIGKILL', away: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    process.kill(this.#server.pid, signal)
    await this.#server.exited
    await away()
    this.#server = await this.#startAgain()
  }

  readonly stopping: Blow = {
    name: 'stop the database',
    strike: (random) => this.restart(random() < 0.5 ? 'SIGQUIT' : 'SIGKILL'),
  }

  async drop(): Promise<void> {
    await closeDatabase(this.db)
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** After SIGKILL it refuses to start until the last of its orphaned processes has noticed. */
  async #startAgain(): Promise<EmbeddedPostgres> {
    const deadline = performance.now() + START_MS_MAX
    for (;;) {
      try {
        return await startEmbeddedPostgres({ folder: this.#folder })
      } catch (error) {
        if (!(error instanceof EmbeddedPostgresError) || performance.now() > deadline) throw error
        await sleep(100)
      }
    }
  }
}
