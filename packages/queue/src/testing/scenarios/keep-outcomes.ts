import { Arena } from '../arena.ts'
import { Crowd } from '../crowd.ts'
import { readOutcomes } from '../history/database-notes.ts'
import { demand, type Proof } from '../prove.ts'
import { below } from '../seeded-random.ts'

/** How many jobs end before everything is started anew. */
export interface KeepPlan {
  readonly jobs: number
  readonly workers: number
}

const LEASE_MS = 2000

/** What nobody may do to a job that is over, whatever rights the server has; `$1` is the job. */
const ILLEGAL = [
  `update job_outcome set status = 'failure' where id = $1`,
  `update job_outcome set result = '"other"' where id = $1`,
  `update job_outcome set finished_at = now() where id = $1`,
  `update job_outcome set attempt = attempt + 1, worker = 'me' where id = $1`,
  `update job_outcome set id = gen_random_uuid() where id = $1`,
  `insert into job_outcome select * from job_outcome where id = $1`,
  `update job set args = '{"other":1}' where id = $1`,
  `update job set tag = 'other' where id = $1`,
  `update job set parent_job = $1 where id = $1`,
] as const

/**
 * R4: when jobs have ended, every process is ended (some in the middle of others) and started anew, a second time under their
 * ids is asked for, and the database is told to change them. Nothing of an outcome changes, and each such statement is refused.
 */
export async function keepOutcomes({ jobs, workers }: KeepPlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs: LEASE_MS })
  const plan = { url: arena.url, tags: [arena.tag], slots: 4, leaseMs: LEASE_MS }
  const first = new Crowd([plan], workers, arena.history)
  let second: Crowd | undefined
  try {
    const ids = await arena.enqueue(Array.from({ length: jobs }, () => ({ args: { ms: 1 } })))
    await arena.untilEnded(jobs, () => first.check())
    await readOutcomes(arena.db, arena.history)
    await arena.enqueue(Array.from({ length: workers * 8 }, () => ({ args: { ms: 30 } })))
    await first.end()
    second = new Crowd([plan], workers, arena.history)
    const accepted = await tryIllegal(arena, ids)
    const again = await arena.cancel({ ids, force: true })
    await arena.untilEmpty(() => second?.check())
    await second.disperse()
    const { faults, lost, twice } = await arena.judge()
    return {
      figures: { jobs, lost, twice, 'illegal statements tried': ILLEGAL.length, accepted: accepted.length },
      faults: [
        ...faults,
        ...accepted.map((statement) => `the database accepted: ${statement}`),
        ...demand(again.ended.length + again.asked.length === 0, 'jobs were cancelled after their end'),
      ],
    }
  } finally {
    await first.end()
    await second?.end()
    await arena.close()
  }
}

/** The statements that were not refused, each tried on a job that is over. */
async function tryIllegal(arena: Arena, ids: readonly string[]): Promise<readonly string[]> {
  const accepted: string[] = []
  for (const statement of ILLEGAL) {
    const id = ids[below(arena.random, ids.length)]
    const isRefused = await arena.db.pool.query(statement, [id]).then(
      () => false,
      (error: unknown) => error instanceof Error && /never changes|duplicate key|violates/.test(error.message),
    )
    if (!isRefused) accepted.push(statement)
  }
  return accepted
}
