import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints, type FailPoint } from '../shell/failpoint.ts'
import { crashFlow, keepHouse, shapes, type CrashPlan, type CrashStory, type Shape } from './crash-flow.ts'
import { preparePartitions } from './flow-fixture.ts'

const TIMES = 50
/** Runs that crash beside each other; each has a dozen connections, of which a server has a hundred. */
const AT_ONCE = 3

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

/** How often a run of a shape comes to a point: the last crash that happens. */
async function countVisits(shape: Shape, point: FailPoint): Promise<number> {
  for (let nth = 1; ; nth += 1) {
    const story = await crashFlow(base, shape, { point, nth })
    expectWhole(shape, { point, nth }, story)
    if (!story.hasCrashed) return nth - 1
  }
}

function expectWhole(shape: Shape, plan: CrashPlan, story: CrashStory): void {
  expect({ ...plan, ...story }).toMatchObject({
    status: 'success',
    result: shape.result,
    runAgain: [],
    startedTwice: [],
    left: 0,
  })
}

test.each(shapes)(
  'R3 a flow ($name) goes on after a crash at every write, each time that it comes there',
  async (shape) => {
    const plans: CrashPlan[] = []
    for (const point of failPoints) {
      const visits = await countVisits(shape, point)
      for (let nth = 1; nth <= visits; nth += 1)
        plans.push(...Array.from({ length: TIMES - 1 }, () => ({ point, nth })))
    }
    const total = plans.length
    let crashes = 0
    const work = async () => {
      for (let plan = plans.pop(); plan; plan = plans.pop()) {
        const story = await crashFlow(base, shape, plan)
        expectWhole(shape, plan, story)
        if (story.hasCrashed) crashes += 1
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    console.log(`R3 ${shape.name}: ${crashes} crashes of ${total}`)
    expect(crashes).toBeGreaterThan(total / 2)
  },
)
