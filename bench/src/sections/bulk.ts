import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { Notifier, Queue } from '@millrace/queue'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { noopJob } from '../noop-consumer.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const JOBS = 100_000
const TURNS = 5
const ENQUEUE_PER_S = 33_000

/** One call that concerns a hundred thousand jobs. */
export const bulk: Section = {
  id: 'bulk',
  summary: '100,000 jobs enqueued in one call, and cancelled in one',

  async measure(say) {
    const base = await startBenchDatabase()
    const notifier = new Notifier(base.db.options, silentLogger)
    await notifier.start(new AbortController().signal)
    try {
      const queue = new Queue(base.db, notifier)
      await enqueueAndCancel(base, queue, 2000)
      const turns = await repeat(TURNS, async () => {
        const turn = await enqueueAndCancel(base, queue, JOBS)
        say(`enqueued ${formatValue(turn.enqueuePerS)}/s, cancelled ${formatValue(turn.cancelPerS)}/s`)
        return turn
      })
      return toRows(turns)
    } finally {
      await notifier.stop()
      await base.stop()
    }
  },
}

interface Turn {
  readonly enqueuePerS: number
  readonly cancelPerS: number
}

async function enqueueAndCancel(base: BenchDatabase, queue: Queue, count: number): Promise<Turn> {
  const job = noopJob(`bulk-${newId()}`)
  const beganMs = performance.now()
  const ids = await queue.enqueue(Array.from({ length: count }, () => job))
  const enqueuedMs = performance.now()
  await base.db.pool.query('vacuum analyze job_queue')
  const askedMs = performance.now()
  const { ended } = await queue.requestCancel({ workspaceId: job.workspaceId, ids, by: 'bench' })
  const endedMs = performance.now()
  if (ended.length !== count) throw new Error(`${ended.length} of ${count} jobs were cancelled`)
  await base.db.pool.query('vacuum analyze job_queue')
  return {
    enqueuePerS: (count / (enqueuedMs - beganMs)) * 1000,
    cancelPerS: (count / (endedMs - askedMs)) * 1000,
  }
}

function toRows(turns: readonly Turn[]): readonly Row[] {
  const common = { section: 'bulk', unit: 'jobs/s' }
  const of = (read: (turn: Turn) => number) => {
    const values = turns.map(read)
    const range = `${formatValue(Math.min(...values))} to ${formatValue(Math.max(...values))}`
    return { value: median(values), note: `100,000 in one call, median of ${TURNS} (${range})` }
  }
  return [
    { ...common, name: 'enqueue', ...of((turn) => turn.enqueuePerS), target: { atLeast: ENQUEUE_PER_S } },
    { ...common, name: 'cancel', ...of((turn) => turn.cancelPerS) },
  ]
}
