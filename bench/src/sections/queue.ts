import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { drainBare, drainGraphile, drainOurs, type Rates } from '../queue-drain.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'
import { formatValue } from '../table.ts'

const JOBS = 40_000
const ROUNDS = 7
const CALLERS = 4

/** Throughput of the queue alone, beside graphile-worker and beside its own bare statements on the same PostgreSQL. */
export const queue: Section = {
  id: 'queue',
  summary: 'noop jobs drained and enqueued, against graphile-worker and the bare statements in the same run',

  async measure(say) {
    const base = await startBenchDatabase()
    try {
      // Caches, plans and JIT of all, so that the first round is like the others.
      await drainOurs(base, 2000)
      await drainBare(base, 2000, CALLERS)
      await drainGraphile(base, 2000)
      const rounds = await repeat(ROUNDS, async (turn) => {
        const round = await measureRound(base, turn)
        const { ours, bare, theirs } = round
        say(
          `ours ${formatValue(ours.drainPerS)}/s, bare ${formatValue(bare.drainPerS)}/s, theirs ${formatValue(theirs)}/s`,
        )
        return round
      })
      return toRows(rounds)
    } finally {
      await base.stop()
    }
  },
}

interface Round {
  readonly ours: Rates
  readonly bare: Rates
  readonly theirs: number
}

/** In turns who is first: whoever runs later meets the autovacuum of those before. */
async function measureRound(base: BenchDatabase, turn: number): Promise<Round> {
  const theirsFirst = turn % 2 === 1 ? await drainGraphile(base, JOBS) : undefined
  const bareFirst = turn % 4 >= 2 ? await drainBare(base, JOBS, CALLERS) : undefined
  const ours = await drainOurs(base, JOBS)
  const theirs = theirsFirst ?? (await drainGraphile(base, JOBS))
  const bare = bareFirst ?? (await drainBare(base, JOBS, CALLERS))
  return { ours, bare, theirs }
}

function toRows(rounds: readonly Round[]): readonly Row[] {
  const of = (read: (round: Round) => number) => median(rounds.map(read))
  const ratio = (read: (round: Round) => number) => {
    const values = rounds.map(read)
    const range = `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
    return { value: median(values), unit: 'x', note: `median of ${ROUNDS} rounds of ${JOBS} jobs (${range})` }
  }
  const common = { section: 'queue', unit: 'jobs/s' }
  return [
    {
      section: 'queue',
      name: 'drain ratio',
      ...ratio(({ ours, theirs }) => ours.drainPerS / theirs),
      target: { atLeast: 1.1 },
    },
    {
      section: 'queue',
      name: 'drain / bare',
      ...ratio(({ ours, bare }) => ours.drainPerS / bare.drainPerS),
      target: { atLeast: 0.85 },
    },
    { ...common, name: 'drain', value: of(({ ours }) => ours.drainPerS), note: 'one process, 24 slots' },
    { ...common, name: 'bare', value: of(({ bare }) => bare.drainPerS), note: '4 connections, 500 a statement' },
    { ...common, name: 'drain graphile-worker', value: of(({ theirs }) => theirs), note: 'local queue 500, batched' },
    {
      ...common,
      name: `enqueue, ${CALLERS} callers`,
      value: of(({ bare }) => bare.enqueuePerS),
      target: { atLeast: 33_000 },
      note: '1,000 a call, each caller with a queue of its own',
    },
    { ...common, name: 'enqueue', value: of(({ ours }) => ours.enqueuePerS), note: '1,000 a call, one caller' },
  ]
}
