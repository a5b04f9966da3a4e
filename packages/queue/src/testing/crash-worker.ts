import { once } from 'node:events'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase } from '@millrace/db'
import { enginePlannerSettings } from '../config.ts'
import { Notifier } from '../notifier.ts'
import type { Entry } from './history/history.ts'
import { recordedConsumer, type WorkerOrder } from './recorded-consumer.ts'

/**
 * A worker as a program, to be killed, frozen and cut off. It prints lines of JSON: what it did, for the history, and
 * `ready` (with its clock), `lost` when its lease is, and `told`; it ends with its stdin, at SIGTERM, and after a lost lease.
 */
async function main(order: WorkerOrder): Promise<void> {
  const options = {
    url: order.url,
    poolSize: 4,
    applicationName: `crash-worker:${order.id}`,
    settings: enginePlannerSettings,
  }
  // Where the test was ended nobody listens any more, and this process follows.
  process.stdout.on('error', () => {})
  const db = openDatabase(options)
  const notifier = new Notifier(options, silentLogger)
  await notifier.start(new AbortController().signal)
  const consumer = recordedConsumer({ db, notifier }, order, (entry: Entry) => say({ entry }))
  await consumer.start()
  say({ word: 'ready', nowMs: Date.now() })
  process.stdin.resume()
  const lost = consumer.onLost.then(() => 'lost')
  const told = Promise.race([once(process, 'SIGTERM'), once(process.stdin, 'end')]).then(() => 'told')
  say({ word: await Promise.race([lost, told]) })
  await consumer.stop()
  await notifier.stop()
  await closeDatabase(db)
  process.stdin.destroy()
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

await main(JSON.parse(process.argv[2] ?? '') as WorkerOrder)
