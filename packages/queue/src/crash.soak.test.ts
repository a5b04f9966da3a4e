import { createTestDatabase } from '@millrace/db/testing'
import { expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import { recordHistory } from './testing/claim-history.ts'
import { killWorkers } from './testing/kill-workers.ts'
import { restartDatabase } from './testing/restart-database.ts'
import { withSeed } from './testing/seeded-random.ts'
import { putWorkerToSleep } from './testing/sleep-worker.ts'

/** `crash.pg.test.ts` at full length. */
const FAULTLESS = { lost: [], failed: [], takenFromTheLiving: [], outOfStep: [], left: 0 }
const LEASE_MS = 2000

async function ownDatabase() {
  const base = await createTestDatabase()
  onTestFinished(() => base.drop())
  await makePartitions(base.db)
  await recordHistory(base.db)
  return base
}

test('Q9 Q12 10,000 jobs and 200 killed workers: none is lost and none ends twice', () =>
  withSeed(async (seed) => {
    const base = await ownDatabase()
    const plan = { jobs: 10_000, kills: 200, workers: 4, leaseMs: LEASE_MS, seed }
    const { recoveriesMs, ...faults } = await killWorkers(base, plan)
    expect(faults).toEqual(FAULTLESS)
    expect(recoveriesMs.length).toBeGreaterThan(100)
    expect(Math.max(...recoveriesMs)).toBeLessThan(LEASE_MS + 5000)
  }))

test('Q7 Q13 a worker that sleeps through its lease, 20 times, writes nothing and keeps nothing', async () => {
  const base = await ownDatabase()
  for (let turn = 0; turn < 20; turn += 1) {
    const { recoveriesMs, ...faults } = await putWorkerToSleep(base, 1000)
    expect(faults).toEqual({ ...FAULTLESS, rewritten: 0 })
    expect(recoveriesMs.length).toBeGreaterThanOrEqual(4)
  }
})

test('Q1 Q9 what was acknowledged outlasts a database that is stopped at once, 20 times', () =>
  withSeed(async (seed) => {
    const { resumedMs, acknowledged, ...faults } = await restartDatabase({ restarts: 20, seed })
    expect(faults).toEqual({ lost: [], repeated: [], left: 0 })
    expect(acknowledged).toBeGreaterThan(1000)
    expect(Math.max(...resumedMs)).toBeLessThan(10_000)
  }))
