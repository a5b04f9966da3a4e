import { silentLogger } from '@millrace/base/logger'
import { readSettings } from '@millrace/base/settings'
import { apiConfig, createApi } from '@millrace/api'
import { openDatabase, type DatabaseOptions } from '@millrace/db'
import { Notifier, Queue } from '@millrace/queue'
import { WORKSPACE } from './fill-outcomes.ts'
import { SECRET } from './product.ts'

/** The API in this process, without a port. */
export interface ListServer {
  /** The milliseconds that a GET below the workspace took, and its reply. */
  get(path: string): Promise<{ readonly ms: number; readonly body: unknown }>
  stop(): Promise<void>
}

/** Starts it on a database, with a pool as the server has it. */
export async function startListServer(options: DatabaseOptions): Promise<ListServer> {
  const { settings: _, ...plain } = options
  const db = openDatabase({ ...plain, applicationName: 'bench:lists' })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const config = readSettings(apiConfig, { PORT: '0', MILLRACE_SUPERADMIN_SECRET: SECRET }, [])
  const api = await createApi({ db, queue: new Queue(db, notifier), config, log: silentLogger, leaseMs: 20_000 })
  return {
    async get(path) {
      const beganMs = performance.now()
      const reply = await api.app.inject({
        url: `/api/w/${WORKSPACE}/${path}`,
        headers: { authorization: `Bearer ${SECRET}` },
      })
      const ms = performance.now() - beganMs
      if (reply.statusCode !== 200) throw new Error(`${path}: ${reply.statusCode} ${reply.body.slice(0, 500)}`)
      return { ms, body: reply.json() }
    },
    async stop() {
      await api.stop()
      await notifier.stop()
      await db.pool.end()
    },
  }
}
