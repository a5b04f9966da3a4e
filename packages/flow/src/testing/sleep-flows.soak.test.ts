import { createTestDatabase } from '@millrace/db/testing'
import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { preparePartitions } from './flow-fixture.ts'
import { sleepFlows } from './sleep-flows.ts'

test('R12 100,000 runs that sleep outlast every process, and wake within a minute when they are due', async () => {
  const base = await createTestDatabase()
  await preparePartitions(base.db)
  const plan = { runs: 100_000, leadMs: 200_000, windowMs: 60_000, lateP99MsMax: 2000 }
  expect(await prove('R12', (seed) => sleepFlows(base, plan, seed))).toEqual([])
  await base.drop()
}, 1_800_000)
