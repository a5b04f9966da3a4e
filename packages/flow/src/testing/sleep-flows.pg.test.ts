import { createTestDatabase } from '@millrace/db/testing'
import { prove } from '@millrace/queue/testing/prove'
import { expect, test } from 'vitest'
import { preparePartitions } from './flow-fixture.ts'
import { sleepFlows } from './sleep-flows.ts'

test('R12 runs that sleep outlast every process, and wake when they are due', async () => {
  const base = await createTestDatabase()
  await preparePartitions(base.db)
  const plan = { runs: 30, leadMs: 6000, windowMs: 500, lateP99MsMax: 5000 }
  expect(await prove('R12', (seed) => sleepFlows(base, plan, seed))).toEqual([])
  await base.drop()
}, 60_000)
