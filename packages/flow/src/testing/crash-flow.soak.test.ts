import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints } from '../shell/failpoint.ts'
import { crashFlow, keepHouse, shapes } from './crash-flow.ts'
import { preparePartitions } from './flow-fixture.ts'

const TIMES = 50

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

test.each(shapes)(
  'R3 a flow ($name) goes on after a crash at every write, each time that it comes there',
  async (shape) => {
    for (let time = 0; time < TIMES; time += 1)
      for (const point of failPoints)
        for (let nth = 1, hasCrashed = true; hasCrashed; nth += 1) {
          const story = await crashFlow(base, shape, { point, nth })
          expect({ point, nth, ...story }).toMatchObject({
            status: 'success',
            result: shape.result,
            runAgain: [],
            startedTwice: [],
            left: 0,
          })
          hasCrashed = story.hasCrashed
        }
  },
)
