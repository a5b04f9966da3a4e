import { seededRandom } from '@millrace/queue/testing/seeded-random'
import { expect } from 'vitest'
import { runProgram } from './crash-program.ts'
import { randomProgram } from './random-program.ts'
import type { WorkflowHost } from './workflow-host.ts'

/** Holds that a program gives the same when its worker is lost: at each point that it comes to, or at some of them by number. */
export async function proveProgram(host: WorkflowHost, seed: number, which: 'each' | readonly number[]): Promise<void> {
  const program = randomProgram(seededRandom(seed))
  const calm = await runProgram(host, program)
  expect(calm, `program ${seed}`).toMatchObject({
    status: 'success',
    result: program.result,
    runAgain: [],
    startedTwice: [],
    left: 0,
  })
  const points = which === 'each' ? calm.points : which.map((nth) => calm.points[nth % calm.points.length])
  for (const point of points) {
    const crashed = await runProgram(host, program, point)
    expect({ ...crashed, points: [] }, `program ${seed} lost at ${point}`).toEqual({ ...calm, points: [] })
  }
}
