import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeDatabase, migrate, openDatabase, startEmbeddedPostgres, type Database } from '@millrace/db'
import { enginePlannerSettings, makePartitions } from '@millrace/queue'

/** A PostgreSQL with default durability for one run of the benchmark. */
export interface BenchDatabase {
  readonly url: string
  readonly folder: string
  readonly db: Database
  /** Process id of the postmaster. */
  readonly pid: number
  stop(): Promise<void>
}

/** Starts one in a folder of its own, migrated; with an `address` its usual port is there too, for what runs in a sandbox. */
export async function startBenchDatabase(address = ''): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    settings: ['shared_buffers=1GB', 'max_connections=500', `listen_addresses=${address}`],
  })
  await migrate({ url: server.url, poolSize: 1, applicationName: 'bench' })
  const db = openDatabase({ url: server.url, poolSize: 12, applicationName: 'bench', settings: enginePlannerSettings })
  await makePartitions(db)
  return {
    url: server.url,
    folder,
    db,
    pid: server.pid,
    async stop() {
      await closeDatabase(db)
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
