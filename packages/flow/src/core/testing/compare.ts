import { isDeepStrictEqual } from 'node:util'
import type { ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import type { Trace } from '../model/ends.ts'
import { Interpreter } from '../model/interpret.ts'
import { MemoryShell, type StepRun } from './memory-shell.ts'
import { hashOf, scriptedWorld, type Decision } from './world.ts'

const DECISIONS: readonly Decision[] = ['approve', 'approve', 'approve', 'disapprove', 'timeout']

/** One way to run a flow; the same seed makes the same choices. */
export interface Trial {
  readonly flow: ParsedFlow
  readonly seed: number
  readonly isTriggered: boolean
}

/** Runs a flow by the model and by `transition`, and says where they differ; undefined where they agree. */
export function findDifference({ flow, seed, isTriggered }: Trial): object | undefined {
  const input: Json = { n: seed % 4, list: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 4 }] }
  const world = scriptedWorld((key) => DECISIONS[hashOf(`${seed}${key}`) % DECISIONS.length] ?? 'approve')
  const model = new Interpreter(flow, world, input).run(isTriggered)
  const run = new MemoryShell({ flow, world, input, isTriggered, pick: picker(seed) }).run()
  if (model.isOpen) return undefined

  const expected = { status: model.status, result: model.result, runs: keysOf(model.trace).toSorted() }
  const { status, result } = run
  const actual = { status, result, runs: run.runs.map(({ key }) => key).toSorted() }
  if (!isDeepStrictEqual(actual, expected)) return { expected, actual }
  const late = outOfOrder(model.trace, new Map(run.runs.map((one) => [one.key, one])))
  const apart = notTogether(model.trace, run.runs)
  return late === undefined && apart === undefined ? undefined : { late, apart }
}

/** A run that is not where the others of its name are, or shares its folder with those of another one. */
function notTogether(trace: Trace, runs: readonly StepRun[]): string | undefined {
  const names = new Map(runsOf(trace).map(({ key, together }) => [key, together]))
  const places = new Map<string, string>()
  for (const { key, together } of runs) {
    const name = names.get(key)
    if (name === undefined && together === undefined) continue
    if (name === undefined || together === undefined) return key
    const { place, folder } = together
    if ((places.get(name) ?? folder) !== folder || (places.get(folder) ?? `${name} ${place}`) !== `${name} ${place}`)
      return key
    places.set(name, folder)
    places.set(folder, `${name} ${place}`)
  }
  return undefined
}

/** Numbers that look random, the same for the same seed. */
export function picker(seed: number): (below: number) => number {
  let draws = 0
  return (below) => {
    draws += 1
    return hashOf(`${seed}:${draws}`) % Math.max(1, below)
  }
}

function runsOf(trace: Trace): readonly Extract<Trace, { kind: 'run' }>[] {
  return trace.kind === 'run' ? [trace] : trace.parts.flatMap(runsOf)
}

function keysOf(trace: Trace): readonly string[] {
  return runsOf(trace).map(({ key }) => key)
}

/** A run that began before one ended that comes before it. */
function outOfOrder(trace: Trace, runs: ReadonlyMap<string, StepRun>): string | undefined {
  if (trace.kind === 'run') return undefined
  let endedAt = 0
  for (const part of trace.parts) {
    const own = keysOf(part).flatMap((key) => runs.get(key) ?? [])
    const early = trace.kind === 'sequence' ? own.find((run) => run.startedAt < endedAt) : undefined
    const within = outOfOrder(part, runs)
    if (early !== undefined || within !== undefined) return early?.key ?? within
    endedAt = Math.max(endedAt, ...own.map((run) => run.endedAt))
  }
  return undefined
}
