import { once } from 'node:events'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase } from '@millrace/db'
import { enginePlannerSettings, Notifier } from '@millrace/queue'
import { startNoopConsumer } from './noop-consumer.ts'
import type { WorkerOrder } from './worker-process.ts'

/** Ended jobs are told of by the hundred. */
const TELL_EVERY = 100

/** A worker in a process of its own: prints the id of each job and when it began, by the machine's monotonic clock. */
async function main({ url, tag, slots, jobMs, tells }: WorkerOrder): Promise<void> {
  const db = openDatabase({ url, poolSize: 4, applicationName: 'bench:worker', settings: enginePlannerSettings })
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  let count = 0
  const ended = () => {
    count += 1
    if (count % TELL_EVERY === 0) process.stdout.write(`ended ${count}\n`)
  }
  const consumer = await startNoopConsumer({ db, notifier, tag, slots, jobMs, ended }, (job) => {
    if (tells === undefined || job.workspaceId === tells) process.stdout.write(`${job.id} ${process.hrtime.bigint()}\n`)
  })
  process.stdout.write('ready\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  await consumer.stop()
  await notifier.stop()
  await closeDatabase(db)
}

await main(JSON.parse(process.argv[2] ?? '') as WorkerOrder)
