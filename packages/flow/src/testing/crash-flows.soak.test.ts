import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { prove } from '@millrace/queue/testing/prove'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { failPoints, type FailPoint } from '../shell/failpoint.ts'
import { crashEverywhere, crashTogether } from './crash-everywhere.ts'
import { openCrashHouse, type CrashHouse } from './crash-flows.ts'
import { shapes } from './crash-shapes.ts'
import { preparePartitions } from './flow-fixture.ts'

/** Crashes at each point, each time that a run comes there. */
const TIMES = 50
const TIMES_TOGETHER = 20

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

const found = new Set<FailPoint>()

test.each(shapes)(
  'R3 a flow ($name) goes on after a crash at every point, each time that it comes there',
  async (shape) => {
    const beganMs = performance.now()
    const { places, faults } = await crashEverywhere(house, shape, TIMES)
    for (const { point, hits } of places) if (hits > 0) found.add(point)
    const crashes = places.reduce((sum, { hits }) => sum + hits, 0)
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(0)
    const list = places.map(({ point, nth, hits, tries }) => `  ${point} ${nth}: ${hits} of ${tries}`)
    const end = faults.length === 0 ? 'ok' : 'BROKEN'
    console.log(
      [`R3 ${end}: ${shape.name}, points ${places.length}, crashes ${crashes}, ${seconds} s`, ...list].join('\n'),
    )
    expect(faults).toEqual([])
  },
)

test('R3 between them the shapes come to every point', () => {
  expect(failPoints.filter((point) => !found.has(point))).toEqual([])
})

test('R3 flows of all shapes go on after the shell that had them all is gone', async () => {
  expect(await prove('R3 together', (seed) => crashTogether(house, TIMES_TOGETHER, seed))).toEqual([])
})
