import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints, type FailPoint } from '../shell/failpoint.ts'
import { crashFlows, openCrashHouse, wholeStories, type CrashHouse } from './crash-flows.ts'
import { shapes } from './crash-shapes.ts'
import { preparePartitions } from './flow-fixture.ts'

let base: TestDatabase
let house: CrashHouse
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  house = await openCrashHouse(base)
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

test('R3 flows go on after a crash at each point, each in a shell of its own', async () => {
  const plans = failPoints.map((point) => {
    const [name, nth] = where[point]
    return { shapes: shapes.filter((shape) => shape.name === name), point, nth }
  })
  const stories = await crashFlows(house, plans)
  expect(stories.filter(({ hasCrashed }) => !hasCrashed)).toEqual([])
  expect(stories.flatMap(({ flows }) => flows)).toEqual(wholeStories(plans))
})

test('R3 flows of all shapes go on after the shell that had them all is gone', async () => {
  const plans = [{ shapes, point: 'frames stored', nth: 2 }] as const
  const stories = await crashFlows(house, plans)
  expect(stories).toMatchObject([{ hasCrashed: true, flows: wholeStories(plans) }])
})
