import { createTestDatabase } from '@millrace/db/testing'
import { expect, onTestFinished, test } from 'vitest'
import { makePartitions } from '../duties/make-job-partitions.ts'
import { below, seededRandom, withSeed, type Random } from '../testing/seeded-random.ts'
import { QueueInOrderOfComing } from './broken-queues.ts'
import { ModelQueue } from './model-queue.ts'
import type { ModelJob, QueueRow } from './queue-row.ts'
import { TwinQueues, type Twin, type TwinWorker } from './twin-queues.ts'

const TAGS = ['alpha', 'beta', 'gamma']
const WEIGHTS: Readonly<Record<string, number>> = { t1: 1, t2: 3, t3: 0.5, t4: 2.2, t5: 1 }
const LIMITS = [
  { key: 'k1', limit: 1 },
  { key: 'k2', limit: 3 },
  { key: 'k3', limit: 2, windowS: 3600 },
  { key: 'k4', limit: 5, windowS: 3600 },
]
const LIMIT_OF_LATER_JOBS = { key: 'k5', limit: 1 }
const DAY_MS = 86_400_000
/** The time of the model between two operations. */
const STEP_MS = 100

interface Sequence {
  readonly twins: TwinQueues
  readonly random: Random
  readonly rows: QueueRow[]
  readonly counts: Record<string, number>
  workers: TwinWorker[]
  dueSeconds: number
  passedSeconds: number
}

/** The same seeded sequence of operations on both queues; how often each was done. */
async function runTwins(
  seed: number,
  operations: number,
  make: (options: ConstructorParameters<typeof ModelQueue>[0]) => ModelQueue,
): Promise<Record<string, number>> {
  const base = await createTestDatabase()
  onTestFinished(() => base.drop())
  await makePartitions(base.db)
  for (const [tenant, weight] of Object.entries(WEIGHTS))
    await base.db.pool.query('insert into workspace (id, name, owner, queue_weight) values ($1, $1, $1, $2)', [
      tenant,
      weight,
    ])
  let nowMs = 0
  const weightOf = (tenant: string) => WEIGHTS[tenant] ?? 1
  const twins = new TwinQueues(base.db, make({ nowMs: () => nowMs, weightOf }), () => nowMs)
  const workers = [await twins.register(TAGS), await twins.register(['beta', 'alpha']), await twins.register(['gamma'])]
  const random = seededRandom(seed)
  const sequence = { twins, random, rows: [], counts: {}, workers, dueSeconds: 0, passedSeconds: 0 }
  for (let nth = 0; nth < operations; nth += 1) {
    nowMs += STEP_MS
    await step(sequence)
    if (nth % 25 === 0) await twins.compare()
  }
  await twins.compare()
  return sequence.counts
}

async function step(sequence: Sequence): Promise<void> {
  const { random, counts } = sequence
  const pick = random()
  const entry = OPERATIONS.find(([, upTo]) => pick < upTo)
  if (!entry) return
  const [name, , work] = entry
  counts[name] = (counts[name] ?? 0) + 1
  await work(sequence)
}

const OPERATIONS: readonly (readonly [string, number, (sequence: Sequence) => Promise<void>])[] = [
  ['enqueue', 0.3, enqueue],
  ['claim', 0.58, claim],
  ['complete', 0.76, complete],
  ['stale completion', 0.78, completeTwice],
  ['hand back', 0.83, handBack],
  ['cancel', 0.88, cancel],
  ['promote', 0.93, promote],
  ['window', 0.97, endWindows],
  ['rescue', 1, rescue],
]

async function enqueue(sequence: Sequence): Promise<void> {
  const { twins, random, rows } = sequence
  const count = random() < 0.05 ? 40 : 1 + below(random, 8)
  // One tag a call: the heads of two tags that were enqueued at the same instant are aged in no order.
  const tag = oneOf(random, TAGS)
  const jobs = Array.from({ length: count }, (): ModelJob => {
    const isLater = random() < 0.1
    sequence.dueSeconds += isLater ? 1 : 0
    return {
      tenant: oneOf(random, Object.keys(WEIGHTS)),
      tag,
      priority: oneOf(random, [0, 0, 0, 5, 50]),
      concurrency: random() < 0.15 ? oneOf(random, isLater ? [...LIMITS, LIMIT_OF_LATER_JOBS] : LIMITS) : undefined,
      dueAtMs: isLater ? DAY_MS + sequence.dueSeconds * 1000 : undefined,
      attemptsMax: 1 + below(random, 2),
      runMs: 0,
    }
  })
  rows.push(...(await twins.enqueue(jobs)))
}

async function claim({ twins, random, workers }: Sequence): Promise<void> {
  const worker = oneOf(random, workers)
  await twins.claim(worker, 1 + below(random, 14), random() < 0.5 ? 0 : 3_600_000)
}

async function complete({ twins, random, workers }: Sequence): Promise<void> {
  const worker = oneOf(random, workers)
  await twins.complete(worker, takeSome(random, worker.held))
}

async function completeTwice({ twins, random, workers }: Sequence): Promise<void> {
  const worker = oneOf(random, workers)
  const some = takeSome(random, worker.held)
  await twins.complete(worker, some)
  await twins.complete(worker, some)
}

async function handBack({ twins, random, workers }: Sequence): Promise<void> {
  const worker = oneOf(random, workers)
  await twins.handBack(worker, takeSome(random, worker.held))
  // Sometimes the news is lost, and claims go on from floors that are too high.
  if (random() < 0.5) return
  for (const { policy, modelPolicy } of workers) for (const each of [policy, modelPolicy]) each.returned([])
}

async function cancel({ twins, random, rows }: Sequence): Promise<void> {
  const some = Array.from({ length: 1 + below(random, 6) }, () => rows[rows.length - 1 - below(random, 300)])
  await twins.cancel([...new Set(some)].flatMap((row) => row ?? []))
}

async function promote(sequence: Sequence): Promise<void> {
  const { twins, random, rows } = sequence
  sequence.passedSeconds += below(random, 10)
  const scheduled = rows.filter((row) => row.state === 'scheduled')
  await twins.passTime(DAY_MS + sequence.passedSeconds * 1000, scheduled)
  await twins.promote(1 + below(random, 12))
}

async function endWindows({ twins, random }: Sequence): Promise<void> {
  await twins.endWindows(oneOf(random, LIMITS).key)
}

async function rescue(sequence: Sequence): Promise<void> {
  const { twins, random } = sequence
  const worker = oneOf(random, sequence.workers)
  await twins.rescue(worker)
  const another = await twins.register(oneOf(random, [TAGS, ['alpha'], ['gamma', 'beta']]))
  sequence.workers = sequence.workers.map((other) => (other === worker ? another : other))
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)]
  if (item === undefined) throw new Error('there is nothing to choose from')
  return item
}

function takeSome(random: Random, held: Twin[]): readonly Twin[] {
  const some = held.filter(() => random() < 0.6)
  held.splice(0, held.length, ...held.filter((twin) => !some.includes(twin)))
  return some
}

test('Q5 Q6 Q22 the model and the statements give the same jobs in the same order, 2,500 operations long', () =>
  withSeed(async (seed) => {
    const counts = await runTwins(seed, 2500, (options) => new ModelQueue(options))
    expect(Object.keys(counts)).toHaveLength(OPERATIONS.length)
  }))

test('a model with another rule of places is found out', async () => {
  await expect(runTwins(1, 400, (options) => new QueueInOrderOfComing(options))).rejects.toThrow(/differ at/)
})
