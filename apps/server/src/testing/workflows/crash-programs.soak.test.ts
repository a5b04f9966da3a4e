import { prove } from '@millrace/queue/testing/prove'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { provePrograms } from './prove-programs.ts'
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
  const faults = await prove('R26', async (seed) => {
    const beganMs = performance.now()
    const seeds = Array.from({ length: PROGRAMS }, (_, nth) => seed + nth)
    const { programs, crashes, faults: found } = await provePrograms(host, seeds, 'each')
    const seconds = Math.round((performance.now() - beganMs) / 1000)
    return { figures: { programs, crashes, seconds }, faults: found.map((fault) => JSON.stringify(fault)) }
  })
  expect(faults).toEqual([])
}, 3_600_000)
