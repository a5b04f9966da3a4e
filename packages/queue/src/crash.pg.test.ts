import { createTestDatabase } from '@millrace/db/testing'
import { expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import { recordHistory } from './testing/claim-history.ts'
import { killWorkers } from './testing/kill-workers.ts'
import { restartDatabase } from './testing/restart-database.ts'
import { withSeed } from './testing/seeded-random.ts'
import { putWorkerToSleep } from './testing/sleep-worker.ts'

const FAULTLESS = { lost: [], failed: [], takenFromTheLiving: [], outOfStep: [], left: 0 }

async function ownDatabase() {
  const base = await createTestDatabase()
  onTestFinished(() => base.drop())
  await makePartitions(base.db)
  await recordHistory(base.db)
  return base
}

test(
  'Q9 Q12 no job is lost and none ends twice while workers are killed',
  () =>
    withSeed(async (seed) => {
      const leaseMs = 2000
      const base = await ownDatabase()
      const { recoveriesMs, ...faults } = await killWorkers(base, { jobs: 500, kills: 10, workers: 3, leaseMs, seed })
      expect(faults).toEqual(FAULTLESS)
      expect(recoveriesMs.length).toBeGreaterThan(0)
      expect(Math.max(...recoveriesMs)).toBeLessThan(leaseMs + 5000)
    }),
  90_000,
)

test('Q7 Q13 a worker that slept through its lease writes nothing and keeps nothing', async () => {
  const { recoveriesMs, ...faults } = await putWorkerToSleep(await ownDatabase(), 1000)
  expect(faults).toEqual({ ...FAULTLESS, rewritten: 0 })
  expect(recoveriesMs.length).toBeGreaterThanOrEqual(4)
}, 90_000)

test(
  'Q1 Q9 what was acknowledged outlasts a database that is stopped at once',
  () =>
    withSeed(async (seed) => {
      const { resumedMs, acknowledged, ...faults } = await restartDatabase({ restarts: 3, seed })
      expect(faults).toEqual({ lost: [], repeated: [], left: 0 })
      expect(acknowledged).toBeGreaterThan(150)
      expect(Math.max(...resumedMs)).toBeLessThan(10_000)
    }),
  120_000,
)
