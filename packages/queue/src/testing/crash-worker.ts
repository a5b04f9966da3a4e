import { once } from 'node:events'
import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import { closeDatabase, openDatabase } from '@millrace/db'
import { enginePlannerSettings } from '../config.ts'
import { Consumer } from '../consumer.ts'
import type { ClaimedJob, Outcome } from '../job.ts'
import { Notifier } from '../notifier.ts'
import type { WorkerOrder } from './worker-process.ts'

/**
 * A worker as a program, to be killed: sleeps as long as a job's `ms` says, then notes the run in `effect`. It prints
 * `ready` and, when its lease is lost, `lost`; it ends with its stdin, at SIGTERM, and after a lost lease.
 */
async function main(order: WorkerOrder): Promise<void> {
  const options = {
    url: order.url,
    poolSize: 4,
    applicationName: `crash-worker:${order.id}`,
    settings: enginePlannerSettings,
  }
  const db = openDatabase(options)
  const notifier = new Notifier(options, silentLogger)
  await notifier.start(new AbortController().signal)
  const run = async (job: ClaimedJob, { signal }: { signal: AbortSignal }): Promise<Outcome> => {
    const args: unknown = JSON.parse(job.argsJson ?? '{}')
    await sleep(typeof args === 'object' && args !== null && 'ms' in args ? Number(args.ms) : 0, signal)
    if (signal.aborted) return { status: 'failure', resultJson: '"aborted"' }
    await db.pool.query('insert into effect (id, attempt, worker_id) values ($1, $2, $3)', [
      job.id,
      job.attempt,
      order.id,
    ])
    return { status: 'success', resultJson: JSON.stringify(newId()) }
  }
  const consumer = new Consumer({
    db,
    notifier,
    log: silentLogger,
    worker: {
      id: order.id,
      name: order.id,
      tags: [order.tag],
      slots: order.slots,
      sandbox: 'none',
      isolated: false,
      notice: undefined,
      version: 'test',
    },
    leaseMs: order.leaseMs,
    pollMs: 500,
    drainMs: 5000,
    logLengthMax: 1000,
    run,
    onBug: (_job, error) => ({ status: 'failure', resultJson: JSON.stringify(String(error)) }),
  })
  await consumer.start()
  process.stdout.write('ready\n')
  process.stdin.resume()
  const lost = consumer.onLost.then(() => 'lost')
  const told = Promise.race([once(process, 'SIGTERM'), once(process.stdin, 'end')]).then(() => 'told')
  process.stdout.write(`${await Promise.race([lost, told])}\n`)
  await consumer.stop()
  await notifier.stop()
  await closeDatabase(db)
  process.stdin.destroy()
}

await main(JSON.parse(process.argv[2] ?? '') as WorkerOrder)
