import { once } from 'node:events'
import { silentLogger } from '@millrace/base/logger'
import { readSettings } from '@millrace/base/settings'
import { closeDatabase, openDatabase } from '@millrace/db'
import { Keeper, Notifier, Queue } from '@millrace/queue'
import { apiConfig } from '../config.ts'
import { createApi } from '../create-api.ts'

const LEASE_MS = 20_000

/** The API as a program, to be killed: prints `nowMs`, what its clock says, and its address, and ends with its stdin. */
async function main({ url, secret }: { readonly url: string; readonly secret: string }): Promise<void> {
  const db = openDatabase({ url, poolSize: 4, applicationName: 'crash-api' })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const config = readSettings(apiConfig, { PORT: '0', MILLRACE_SUPERADMIN_SECRET: secret }, [])
  const queue = new Queue(db, notifier)
  const keeper = new Keeper({ db, notifier, log: silentLogger, leaseMs: LEASE_MS, retentionDays: 30 })
  const api = await createApi({ db, queue, config, log: silentLogger, leaseMs: LEASE_MS })
  await keeper.start()
  await api.start(new AbortController().signal)
  process.stdout.write(`${JSON.stringify({ url: api.url, nowMs: Date.now() })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'close')
  await api.stop()
  await keeper.stop()
  await notifier.stop()
  await closeDatabase(db)
}

await main(JSON.parse(process.argv[2] ?? '') as { url: string; secret: string })
