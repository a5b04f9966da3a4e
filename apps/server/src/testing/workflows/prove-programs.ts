import { isDeepStrictEqual } from 'node:util'
import { runPrograms, type Story } from './crash-programs.ts'
import { ProgramRun, type CrashAt } from './program-run.ts'
import { randomPrograms, type Program } from './random-program.ts'
import type { WorkflowHost } from './workflow-host.ts'

/** Workers that are lost beside each other. */
const AT_ONCE = 2

/** A run that was not as it must be. */
export interface Fault {
  readonly seed: number
  /** Where its worker was to be lost. */
  readonly crashAt: CrashAt
  readonly story: Story
  readonly wanted: Story
}

/** What came of programs. */
export interface ProgramsProof {
  readonly programs: number
  /** Workers that were lost, for each program that was on them. */
  readonly crashes: number
  readonly faults: readonly Fault[]
}

/** Runs a program for each seed, and again with its worker lost: at each point that it comes to, or at the one of that number. */
export async function provePrograms(
  host: WorkflowHost,
  seeds: readonly number[],
  which: 'each' | number,
): Promise<ProgramsProof> {
  const programs = randomPrograms(seeds)
  const calm = await runAll(
    host,
    programs.map((program, nth) => ({ seed: seeds[nth] ?? 0, program, crashAt: 'never' })),
  )
  const disturbed = await runAll(
    host,
    calm.map(({ one, story }) => ({ ...one, crashAt: crashAtOf(story, which), calm: story })),
  )
  return {
    programs: seeds.length,
    crashes: disturbed.reduce((sum, { story }) => sum + story.crashes.length, 0),
    faults: [...calm, ...disturbed].flatMap(findFault),
  }
}

interface Case {
  readonly seed: number
  readonly program: Program
  readonly crashAt: CrashAt
  /** What it comes to undisturbed. */
  readonly calm?: Story
}

interface Ran {
  readonly one: Case
  readonly story: Story
}

async function runAll(host: WorkflowHost, cases: readonly Case[]): Promise<readonly Ran[]> {
  const size = Math.ceil(cases.length / AT_ONCE)
  const parts = Array.from({ length: AT_ONCE }, (_, nth) => cases.slice(nth * size, (nth + 1) * size))
  const ran = parts.map(async (part): Promise<readonly Ran[]> => {
    const runs = part.map(({ program, crashAt }) => new ProgramRun(program, crashAt))
    const stories = await runPrograms(host, runs)
    return part.flatMap((one, nth) => stories.slice(nth, nth + 1).map((story) => ({ one, story })))
  })
  return (await Promise.all(ran)).flat()
}

function crashAtOf({ points }: Story, which: 'each' | number): CrashAt {
  if (which === 'each') return 'each'
  return { point: points[which % points.length] ?? '' }
}

function findFault({ one, story }: Ran): readonly Fault[] {
  const { seed, program, crashAt, calm = story } = one
  const wanted: Story = {
    status: 'success',
    result: program.result,
    keys: calm.keys,
    // In parallel their order differs.
    points: story.points,
    crashes: crashesOf(crashAt, story),
    runAgain: [],
    startedTwice: [],
    left: 0,
  }
  const isWhole = isDeepStrictEqual(new Set(story.points), new Set(calm.points))
  return isWhole && isDeepStrictEqual(story, wanted) ? [] : [{ seed, crashAt, story, wanted }]
}

/** At each point its worker was lost once. */
function crashesOf(crashAt: CrashAt, { points, crashes }: Story): readonly string[] {
  if (crashAt === 'never') return []
  if (crashAt !== 'each') return [crashAt.point]
  return new Set(crashes).size === points.length ? crashes : points
}
