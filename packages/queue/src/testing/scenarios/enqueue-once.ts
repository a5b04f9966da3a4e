import { newId } from '@millrace/base/ids'
import { Problem } from '@millrace/base/problem'
import type { NewJob } from '../../job.ts'
import { Arena } from '../arena.ts'
import { demand, type Proof } from '../prove.ts'
import { noop, startQueue } from '../queue-fixture.ts'

/** How many calls come at once, and over how many servers. */
export interface OncePlan {
  readonly calls: number
  readonly servers: number
  /** Calls without a key that look alike. */
  readonly alike: number
}

/**
 * R18: many calls with one key come at once, to several servers: they are one job, whose id all are told. The same key with other
 * content is refused, and calls without a key are as many jobs as there are calls.
 */
export async function enqueueOnce({ calls, servers, alike }: OncePlan, seed: number): Promise<Proof> {
  const arena = await Arena.open({ seed, leaseMs: 5000 })
  const started = await Promise.all(Array.from({ length: servers }, () => startQueue(arena.db)))
  const key = newId()
  const ask = async (nth: number, more: Partial<NewJob>) =>
    await started[nth % servers]?.queue.enqueue([noop(arena.tag, more)])
  try {
    const told = await Promise.all(
      Array.from({ length: calls }, (_, nth) => ask(nth, { args: { n: 1 }, once: { key, digest: 'one' } })),
    )
    const ids = new Set(told.flat())
    const others = await Promise.all(
      Array.from({ length: servers }, (_, nth) =>
        ask(nth, { args: { n: 2 }, once: { key, digest: 'two' } }).then(
          () => 'accepted',
          (error: unknown) => (error instanceof Problem ? error.code : String(error)),
        ),
      ),
    )
    const { rowCount: withKey } = await arena.db.pool.query('select from job where tag = $1', [arena.tag])
    await Promise.all(Array.from({ length: alike }, (_, nth) => ask(nth, {})))
    const { rowCount: all } = await arena.db.pool.query('select from job where tag = $1', [arena.tag])
    const runs = (all ?? 0) - (withKey ?? 0)
    return {
      figures: {
        calls,
        ids: ids.size,
        jobs: withKey ?? 0,
        'other content': [...new Set(others)].join(' '),
        'without key': runs,
      },
      faults: [
        ...demand(ids.size === 1 && withKey === 1, `one key became ${withKey} jobs with ${ids.size} ids`),
        ...demand(
          others.every((code) => code === 'job.key_reused'),
          `other content was ${others.join(', ')}`,
        ),
        ...demand(runs === alike, `${alike} calls without a key became ${runs} jobs`),
      ],
    }
  } finally {
    await Promise.all(started.map((server) => server.stop()))
    await arena.close()
  }
}
