import { parseFlow, type ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import { picker } from './compare.ts'
import { MemoryShell, type FlowRun } from './memory-shell.ts'
import { scriptedWorld, type Decision, type Told } from './world.ts'

export interface RunOptions {
  readonly input?: Json
  readonly seed?: number
  readonly isTriggered?: boolean
  decide?(key: string): Decision
}

/** Runs the value of a flow in memory. */
export function runFlow(value: object, options: RunOptions = {}): FlowRun {
  const { input = {}, seed = 1, isTriggered = false } = options
  const world = scriptedWorld((key) => options.decide?.(key) ?? 'approve')
  return new MemoryShell({ flow: flowOf(value), world, input, isTriggered, pick: picker(seed) }).run()
}

/** A flow that must be well formed. */
export function flowOf(value: object): ParsedFlow {
  const parsed = parseFlow(value)
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('; '))
  return parsed.flow
}

/** A step, with inputs as expressions. */
export function step(id: string, told: Told = {}, options: object = {}, inputs: Readonly<Record<string, string>> = {}) {
  const input_transforms = Object.fromEntries(
    Object.entries(inputs).map(([name, expr]) => [name, { type: 'javascript', expr }]),
  )
  return {
    id,
    value: { type: 'rawscript', language: 'none', content: JSON.stringify(told), input_transforms },
    ...options,
  }
}

/** A module that gives what an expression says, and can be read as its result. */
export function identity(id: string, options: object = {}) {
  return { id, value: { type: 'identity' }, ...options }
}

/** A loop over a list; options of the loop and of its module together. */
export function each(id: string, items: Json, modules: readonly object[], options: LoopOptions = {}) {
  const { skip_failures = false, parallel = false, parallelism = null, ...rest } = options
  const iterator = { type: 'static', value: items }
  return { id, value: { type: 'forloopflow', iterator, modules, skip_failures, parallel, parallelism }, ...rest }
}

interface LoopOptions {
  readonly skip_failures?: boolean
  readonly parallel?: boolean
  readonly parallelism?: unknown
  readonly [name: string]: unknown
}

/** The steps that ran, in the order in which they began. */
export function ranIn(run: FlowRun): readonly string[] {
  return run.runs.map(({ key }) => key)
}
