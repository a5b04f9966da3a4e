import { once } from 'node:events'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase } from '@millrace/db'
import { enginePlannerSettings, Notifier } from '@millrace/queue'
import { startNoopConsumer } from './noop-consumer.ts'

/** A worker in a process of its own: prints the id of each job and when it began, by the machine's monotonic clock. */
async function main(url: string, tag: string): Promise<void> {
  const db = openDatabase({ url, poolSize: 4, applicationName: 'bench:worker', settings: enginePlannerSettings })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const consumer = await startNoopConsumer({ db, notifier, tag, slots: 4 }, (job) => {
    process.stdout.write(`${job.id} ${process.hrtime.bigint()}\n`)
  })
  process.stdout.write('ready\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  await consumer.stop()
  await notifier.stop()
  await closeDatabase(db)
}

await main(process.argv[2] ?? '', process.argv[3] ?? '')
