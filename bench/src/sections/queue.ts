import { startBenchDatabase } from '../database.ts'
import { drainGraphile, drainOurs } from '../queue-drain.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const JOBS = 20_000
const PAIRS = 7

/** Throughput of the queue alone, beside graphile-worker on the same PostgreSQL. */
export const queue: Section = {
  id: 'queue',
  summary: 'noop jobs drained and enqueued, against graphile-worker in the same run',

  async measure(say) {
    const base = await startBenchDatabase()
    try {
      // Caches, plans and JIT of both, so that the first pair is like the others.
      await drainOurs(base, 2000)
      await drainGraphile(base, 2000)
      const pairs = await repeat(PAIRS, async (turn) => {
        // In turns who is first: whoever runs second meets the other's autovacuum.
        const theirsFirst = turn % 2 === 1 ? await drainGraphile(base, JOBS) : undefined
        const ours = await drainOurs(base, JOBS)
        const theirs = theirsFirst ?? (await drainGraphile(base, JOBS))
        const ratio = ours.drainPerS / theirs
        say(`ours ${formatValue(ours.drainPerS)}/s, theirs ${formatValue(theirs)}/s, ratio ${ratio.toFixed(2)}`)
        return { ...ours, theirs, ratio }
      })
      return toRows(pairs)
    } finally {
      await base.stop()
    }
  },
}

interface Pair {
  readonly enqueuePerS: number
  readonly drainPerS: number
  readonly theirs: number
  readonly ratio: number
}

function toRows(pairs: readonly Pair[]): readonly Row[] {
  const of = (read: (pair: Pair) => number) => median(pairs.map(read))
  const ratios = pairs.map(({ ratio }) => ratio)
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  const common = { section: 'queue', unit: 'jobs/s' }
  return [
    {
      section: 'queue',
      name: 'drain ratio',
      value: of(({ ratio }) => ratio),
      unit: 'x',
      target: { atLeast: 0.7 },
      note: `ours / graphile-worker, median of ${PAIRS} pairs of ${JOBS} jobs (${range})`,
    },
    { ...common, name: 'drain', value: of(({ drainPerS }) => drainPerS), note: 'one process, 24 slots' },
    { ...common, name: 'drain graphile-worker', value: of(({ theirs }) => theirs), note: 'local queue 500, batched' },
    { ...common, name: 'enqueue', value: of(({ enqueuePerS }) => enqueuePerS), note: '1,000 a call, one caller' },
  ]
}
