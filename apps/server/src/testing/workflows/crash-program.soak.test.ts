import { withSeed } from '@millrace/queue/testing/seeded-random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { proveProgram } from './prove-program.ts'
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
    for (let nth = 0; nth < PROGRAMS; nth += 1) expect(await proveProgram(host, seed + nth, 'each')).toEqual([])
  })
}, 36_000_000)
