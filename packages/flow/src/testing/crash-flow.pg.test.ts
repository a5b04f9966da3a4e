import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints, type FailPoint } from '../shell/failpoint.ts'
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

// Each point once, in a flow that comes there; the soak goes through all of them everywhere.
const where: Readonly<Record<FailPoint, readonly [shape: string, nth: number]>> = {
  'frame read': ['sequence', 1],
  decided: ['loop one by one', 2],
  'step decided': ['call', 1],
  'transaction open': ['loop at once', 1],
  'frames stored': ['branches', 2],
  'list kept': ['plain loop at once', 1],
  'frames written': ['loop at once', 1],
  'ended frames written': ['frames at once', 1],
  'children written': ['branches', 1],
  committed: ['approval', 2],
}
const plans = failPoints.map((point) => {
  const [name, nth] = where[point]
  return { point, nth, shape: shapes.find((shape) => shape.name === name) }
})

test.each(plans)('R3 a flow goes on after a crash at "$point"', async ({ point, nth, shape }) => {
  if (!shape) throw new Error('there are no shapes')
  const story = await crashFlow(base, shape, { point, nth })
  expect(story).toMatchObject({
    hasCrashed: true,
    status: 'success',
    result: shape.result,
    runAgain: [],
    startedTwice: [],
    left: 0,
  })
})
