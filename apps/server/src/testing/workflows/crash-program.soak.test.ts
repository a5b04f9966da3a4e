import { seededRandom, withSeed } from '@millrace/queue/testing/seeded-random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { runProgram } from './crash-program.ts'
import { randomProgram } from './random-program.ts'
import { WorkflowHost } from './workflow-host.ts'

const PROGRAMS = 500

let host: WorkflowHost
const why = await whyNoBox()
beforeAll(async () => {
  if (why === undefined) host = await WorkflowHost.start()
})
afterAll(() => host?.close())
beforeEach((context) => context.skip(why !== undefined, why))

test('R26 random workflows give the same when their worker is lost at any await', async () => {
  await withSeed(async (seed) => {
    for (let nth = 0; nth < PROGRAMS; nth += 1) {
      const program = randomProgram(seededRandom(seed + nth))
      const calm = await runProgram(host, program)
      expect(calm).toMatchObject({ status: 'success', result: program.result, runAgain: [], startedTwice: [], left: 0 })
      for (const point of calm.points) {
        const crashed = await runProgram(host, program, point)
        expect({ ...crashed, points: [] }, `program ${seed + nth} lost at ${point}`).toEqual({ ...calm, points: [] })
      }
    }
  })
}, 36_000_000)
