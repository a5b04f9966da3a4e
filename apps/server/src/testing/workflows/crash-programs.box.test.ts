import { withSeed } from '@millrace/queue/testing/seeded-random'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { whyNoBox } from '../why-no-box.ts'
import { provePrograms } from './prove-programs.ts'
import { WorkflowHost } from './workflow-host.ts'

const PROGRAMS = 6

let host: WorkflowHost
const why = await whyNoBox()
beforeAll(async () => {
  if (why === undefined) host = await WorkflowHost.start()
})
afterAll(() => host?.close())
beforeEach((context) => context.skip(why !== undefined, why))

test('R26 random workflows give the same wherever their worker is lost, and no step that is kept runs again', async () => {
  await withSeed(async (seed) => {
    const seeds = Array.from({ length: PROGRAMS }, (_, nth) => seed + nth)
    const { crashes, faults } = await provePrograms(host, seeds, seed % 97)
    expect(faults).toEqual([])
    expect(crashes).toBe(PROGRAMS)
  })
}, 300_000)
