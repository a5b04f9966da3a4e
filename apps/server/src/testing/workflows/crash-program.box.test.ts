import { seededRandom, withSeed } from '@millrace/queue/testing/seeded-random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { runProgram } from './crash-program.ts'
import { randomProgram } from './random-program.ts'
import { WorkflowHost } from './workflow-host.ts'

const PROGRAMS = 10

let host: WorkflowHost
const why = await whyNoBox()
beforeAll(async () => {
  if (why === undefined) host = await WorkflowHost.start()
})
afterAll(() => host?.close())
beforeEach((context) => context.skip(why !== undefined, why))

test('R26 random workflows give the same wherever their worker is lost, and no step that is kept runs again', async () => {
  await withSeed(async (seed) => {
    for (let nth = 0; nth < PROGRAMS; nth += 1) {
      const program = randomProgram(seededRandom(seed + nth))
      const calm = await runProgram(host, program)
      expect(calm).toMatchObject({ status: 'success', result: program.result, runAgain: [], startedTwice: [], left: 0 })
      const point = calm.points[(seed + nth) % calm.points.length]
      const crashed = await runProgram(host, program, point)
      expect({ ...crashed, points: [] }, `lost at ${point}`).toEqual({ ...calm, points: [] })
    }
  })
}, 120_000)
