import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '@millrace/queue/testing/seeded-random'
import { runProgram, type Story } from './crash-program.ts'
import { randomProgram } from './random-program.ts'
import type { WorkflowHost } from './workflow-host.ts'

/** A run that was not as it must be. */
export interface Fault {
  readonly seed: number
  /** Where its worker was lost. */
  readonly point: string | undefined
  readonly story: Story
  readonly wanted: Partial<Story>
}

/** Runs a program, and again with its worker lost: at each point that it comes to, or at those of these numbers. */
export async function proveProgram(
  host: WorkflowHost,
  seed: number,
  which: 'each' | readonly number[],
): Promise<readonly Fault[]> {
  const program = randomProgram(seededRandom(seed))
  const calm = await runProgram(host, program)
  const sound = { status: 'success', result: program.result, runAgain: [], startedTwice: [], left: 0 }
  const { points, keys } = calm
  if (!isDeepStrictEqual(calm, { ...sound, points, keys }))
    return [{ seed, point: undefined, story: calm, wanted: sound }]

  const faults: Fault[] = []
  for (const point of which === 'each' ? points : which.map((nth) => points[nth % points.length])) {
    const story = await runProgram(host, program, point)
    const wanted = { ...sound, points: story.points, keys }
    if (!isDeepStrictEqual(story, wanted)) faults.push({ seed, point, story, wanted })
  }
  return faults
}
