import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints } from '../shell/failpoint.ts'
import { crashFlow, keepHouse, shapes } from './crash-flow.ts'
import { preparePartitions } from './flow-fixture.ts'

let base: TestDatabase
let house: Awaited<ReturnType<typeof keepHouse>>
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  house = await keepHouse(base.db)
})
afterAll(async () => {
  await house.stop()
  await base.drop()
})

// Each point once, in turns over the shapes; the soak goes through all of them everywhere.
const plans = failPoints.map((point, at) => ({
  point,
  nth: 1 + (at % 2),
  shape: shapes[at % shapes.length] ?? shapes[0],
}))

test.each(plans)('R3 a flow goes on after a crash at "$point"', async ({ point, nth, shape }) => {
  if (!shape) throw new Error('there are no shapes')
  const story = await crashFlow(base, shape, { point, nth })
  expect(story).toMatchObject({ status: 'success', result: shape.result, runAgain: [], startedTwice: [], left: 0 })
})
