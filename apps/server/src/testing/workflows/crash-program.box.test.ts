import { withSeed } from '@millrace/queue/testing/seeded-random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { proveProgram } from './prove-program.ts'
import { WorkflowHost } from './workflow-host.ts'

const PROGRAMS = 4

let host: WorkflowHost
const why = await whyNoBox()
beforeAll(async () => {
  if (why === undefined) host = await WorkflowHost.start()
})
afterAll(() => host?.close())
beforeEach((context) => context.skip(why !== undefined, why))

test('R26 random workflows give the same wherever their worker is lost, and no step that is kept runs again', async () => {
  await withSeed(async (seed) => {
    for (let nth = 0; nth < PROGRAMS; nth += 1)
      expect(await proveProgram(host, seed + nth, [(seed + nth) % 97])).toEqual([])
  })
}, 300_000)
