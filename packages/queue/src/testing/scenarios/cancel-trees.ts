import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sleep } from '@millrace/base/time'
import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { readOutcomes } from '../history/database-notes.ts'
import { demand, quantile, sayMs, type Proof } from '../prove.ts'
import { below } from '../seeded-random.ts'
import { waitUntil } from '../wait-until.ts'

/** How many trees of jobs are cancelled; each has a root and a child that run, and a child that waits for a later time. */
export interface CancelPlan {
  readonly trees: number
  readonly workers: number
  readonly leaseMs: number
}

const TERMINAL_P95_MS_MAX = 5000
const TERMINAL_MS_MAX = 15_000
/** What would be written late is looked for so long. */
const AFTERMATH_MS = 1000
const HOUR_MS = 3_600_000
const DAY_S = 86_400

/**
 * R11: cancels the roots of many trees of jobs at once, whose runs are trees of processes. All are over within 5 s (p95), nothing
 * of them changes later, and none of their processes is left.
 */
export async function cancelTrees({ trees, workers, leaseMs }: CancelPlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs })
  // Nothing else on the machine sleeps so long, so that what outlives its job can be found.
  const treeS = DAY_S + below(arena.random, DAY_S)
  const slots = Math.ceil((2 * trees) / workers)
  const crowd = new Crowd([{ url: arena.url, tags: [arena.tag], slots, leaseMs }], workers, arena.history)
  try {
    const root = { args: { treeS } }
    const roots = await arena.enqueue(Array.from({ length: trees }, () => root))
    const children = roots.flatMap((parentJob) => [
      { ...root, parentJob, rootJob: parentJob },
      { parentJob, dueInMs: HOUR_MS },
    ])
    await arena.enqueue(children)
    await waitUntil('all run', 120_000, async () => {
      crowd.check()
      return (await countSleepers(treeS)) >= 2 * trees
    })
    const askedAtMs = Date.now()
    await arena.cancel({ ids: roots })
    await arena.untilEmpty(() => crowd.check())
    const { rows } = await arena.db.pool.query<{ ms: number }>(
      'select (extract(epoch from finished_at) * 1000)::float8 - $1::float8 as ms from job_outcome',
      [askedAtMs],
    )
    await readOutcomes(arena.db, arena.history)
    const orphans = await countSleepers(treeS)
    await sleep(AFTERMATH_MS)
    await crowd.disperse()
    const { faults, acknowledged, lost, twice } = await arena.judge()
    const tookMs = rows.map((row) => row.ms)
    const [p95Ms, maxMs] = [quantile(tookMs, 0.95), quantile(tookMs, 1)]
    return {
      figures: { jobs: acknowledged, lost, twice, orphans, 'over p95': sayMs(p95Ms), 'over max': sayMs(maxMs) },
      faults: [
        ...faults,
        ...demand(orphans === 0, `${orphans} processes outlived their jobs`),
        ...demand(tookMs.length === 3 * trees, `${tookMs.length} of ${3 * trees} jobs are over`),
        ...demand(p95Ms <= TERMINAL_P95_MS_MAX, `one in twenty jobs was over ${sayMs(p95Ms)} after the cancel`),
        ...demand(maxMs <= TERMINAL_MS_MAX, `the last job was over ${sayMs(maxMs)} after the cancel`),
      ],
    }
  } finally {
    await crowd.end()
    await killSleepers(treeS)
    await arena.close()
  }
}

/** Processes of the jobs' trees: those that sleep as nothing else does. */
async function findSleepers(sleepS: number): Promise<readonly number[]> {
  const found = await promisify(execFile)('pgrep', ['-x', '-f', `sleep ${sleepS}`]).catch(() => ({ stdout: '' }))
  return found.stdout.split('\n').filter(Boolean).map(Number)
}

async function countSleepers(sleepS: number): Promise<number> {
  return (await findSleepers(sleepS)).length
}

async function killSleepers(sleepS: number): Promise<void> {
  for (const pid of await findSleepers(sleepS)) process.kill(pid, 'SIGKILL')
}
