import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase } from '@millrace/db'
import { makePartitions } from '../../duties/make-job-partitions.ts'
import { Notifier } from '../../notifier.ts'
import { Queue } from '../../queue.ts'
import { OwnServer } from '../nemesis/stop-database.ts'
import { demand, quantile, type Proof } from '../prove.ts'
import { freshTag, noop } from '../queue-fixture.ts'

/** How many write at once, from how many servers, and how often that is measured for how long. */
export interface WakePlan {
  readonly writers: number
  readonly servers: number
  readonly pairs: number
  readonly seconds: number
  /** Share of the throughput that waking may cost. */
  readonly lossMax: number
}

/**
 * R24: many writers enqueue one job after another, each on a connection of its own; in pairs, with servers that wake others
 * (NOTIFY) and with servers that cannot. What waking costs is the median of the pairs.
 */
export async function wakeWriters({ writers, servers, pairs, seconds, lossMax }: WakePlan): Promise<Proof> {
  const server = await OwnServer.start()
  const open = () => openDatabase({ url: server.url, poolSize: 1, applicationName: 'test' })
  const databases = Array.from({ length: writers }, open)
  const rates = { on: [] as number[], off: [] as number[] }
  try {
    await makePartitions(server.db)
    const measure = async (mode: 'on' | 'off') => {
      const notifiers = Array.from({ length: servers }, () => new Notifier(server.db.options, silentLogger))
      const ended = new AbortController()
      if (mode === 'on') await Promise.all(notifiers.map((notifier) => notifier.start(ended.signal)))
      const [tag, untilMs] = [freshTag(), performance.now() + seconds * 1000]
      const counts = databases.map(async (db, nth) => {
        const notifier = notifiers[nth % servers] ?? new Notifier(db.options, silentLogger)
        const queue = new Queue(db, notifier)
        let written = 0
        for (; performance.now() < untilMs; written += 1) await queue.enqueue([noop(tag)])
        return written
      })
      const written = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
      rates[mode].push(written / seconds)
      await Promise.all(notifiers.map((notifier) => notifier.stop()))
    }
    await measure('off')
    rates.off.pop()
    for (let pair = 0; pair < pairs; pair += 1)
      for (const mode of pair % 2 === 0 ? (['on', 'off'] as const) : (['off', 'on'] as const)) await measure(mode)
    const loss = quantile(
      rates.on.map((rate, pair) => 1 - rate / (rates.off[pair] ?? rate)),
      0.5,
    )
    const share = `${(loss * 100).toFixed(1)}%`
    return {
      figures: {
        writers,
        'waking, jobs/s': quantile(rates.on, 0.5).toFixed(0),
        'not waking, jobs/s': quantile(rates.off, 0.5).toFixed(0),
        loss: share,
      },
      faults: demand(loss <= lossMax, `waking costs ${share} of the throughput`),
    }
  } finally {
    await Promise.all(databases.map(closeDatabase))
    await server.drop()
  }
}
