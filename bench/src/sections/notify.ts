import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { closeDatabase, openDatabase, type Database } from '@millrace/db'
import { enginePlannerSettings, Notifier, Queue } from '@millrace/queue'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { noopJob } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const WRITERS = 64
/** Servers that the writers belong to: each has one notifier, as a process has. */
const SERVERS = [1, 4]
const PAIRS = 9
const RUN_MS = 1500

/** What it costs many writers that workers are woken. */
export const notify: Section = {
  id: 'notify',
  summary: `${WRITERS} concurrent writers with wake-ups against without`,

  async measure(say) {
    const base = await startBenchDatabase()
    const db = openDatabase({ ...base.db.options, poolSize: WRITERS, applicationName: 'bench:writers' })
    // A worker elsewhere, which is told in any case, if anybody is.
    const worker = new Notifier({ ...base.db.options, settings: enginePlannerSettings }, silentLogger)
    await worker.start(new AbortController().signal)
    try {
      const rows: Row[] = []
      for (const servers of SERVERS) {
        const one = async (isOn: boolean) => await write(base, db, { servers, isOn })
        await one(true)
        const pairs = await repeat(PAIRS, async (turn) => {
          // In turns who is first.
          const offFirst = turn % 2 === 1 ? await one(false) : undefined
          const on = await one(true)
          const off = offFirst ?? (await one(false))
          say(`${servers} servers: ${formatValue(on)}/s with, ${formatValue(off)}/s without`)
          return { on, off }
        })
        rows.push(...toRows(servers, pairs))
      }
      return rows
    } finally {
      await worker.stop()
      await closeDatabase(db)
      await base.stop()
    }
  },
}

interface Pair {
  readonly on: number
  readonly off: number
}

/** Calls of `enqueue` with one job each that all writers together finish in a second. */
async function write(
  base: BenchDatabase,
  db: Database,
  { servers, isOn }: { readonly servers: number; readonly isOn: boolean },
): Promise<number> {
  const notifiers = Array.from({ length: servers }, () => new Notifier(base.db.options, silentLogger))
  // One that was never started tells this process only.
  if (isOn) for (const notifier of notifiers) await notifier.start(new AbortController().signal)
  const tag = `notify-${newId()}`
  let calls = 0
  const beganMs = performance.now()
  const writer = async (notifier: Notifier) => {
    const queue = new Queue(db, notifier)
    while (performance.now() - beganMs < RUN_MS) {
      await queue.enqueue([noopJob(tag)])
      calls += 1
    }
  }
  const each = Math.ceil(WRITERS / servers)
  await Promise.all(notifiers.flatMap((notifier) => Array.from({ length: each }, () => writer(notifier))))
  const perS = (calls / (performance.now() - beganMs)) * 1000
  for (const notifier of notifiers) await notifier.stop()
  await base.db.pool.query('truncate job_queue')
  return perS
}

function toRows(servers: number, pairs: readonly Pair[]): readonly Row[] {
  const losses = pairs.map(({ on, off }) => (1 - on / off) * 100)
  const name = servers === 1 ? '1 server' : `${servers} servers`
  const common = { section: 'notify', unit: 'jobs/s' }
  const note = `${WRITERS} writers, each with a queue and a connection, one job a call`
  return [
    {
      section: 'notify',
      name: `${name}, loss`,
      value: median(losses),
      unit: '%',
      target: { atMost: 10 },
      note: `median of ${PAIRS} pairs (${Math.min(...losses).toFixed(1)} to ${Math.max(...losses).toFixed(1)})`,
    },
    { ...common, name: `${name}, with wake-ups`, value: median(pairs.map(({ on }) => on)), note },
    { ...common, name: `${name}, without`, value: median(pairs.map(({ off }) => off)), note },
  ]
}
