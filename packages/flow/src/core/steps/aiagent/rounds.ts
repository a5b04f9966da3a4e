import { invariant } from '@millrace/base/invariant'
import { z } from 'zod'
import type { Json } from '../../json.ts'
import { stepOptions } from '../../module/step-options.ts'
import type { Ask, FlowError, Runnable, Transform } from '../../protocol.ts'
import type { Rule } from '../../turn.ts'
import { failure, isGood } from '../shared/one-job.ts'
import type { ChildEnds, ModuleRun, StepProgress } from '../step-kind.ts'
import type { Agent, AgentTool } from './definition.ts'

type AgentRun = ModuleRun<Agent>

/**
 * An agent goes in rounds: a call of the model, then the tools that it called. Each is a child, in the order of the rounds, so that who
 * calls the model the next time reads from the children before it what was said: the first child is a call of the model, the tools that
 * it called have the indices behind it, and then comes the next call.
 */
const Cursor = z.object({
  /** Index of the latest call of the model. */
  at: z.number(),
  /** Its job, once it has ended. */
  job: z.string().nullable(),
  /** Tools that it called and that can be run; how many of them began, and ended. */
  calls: z.number(),
  started: z.number(),
  ended: z.number(),
  /** How many children are under way together. */
  width: z.number(),
})
type Cursor = z.infer<typeof Cursor>

/** A call of a tool, as the result of a call of the model has it; one with an error is never run. */
const Call = z.looseObject({
  /** Id of the tool. */
  tool: z.string().nullish(),
  /** What the server calls it, where the tool is one of a server's. */
  server_tool: z.string().nullish(),
  name: z.string(),
  arguments: z.record(z.string(), z.custom<Json>()).nullish(),
  error: z.string().nullish(),
})
type Call = z.infer<typeof Call>

/** A run of an agent begins with the first call of its model. */
export function start(run: AgentRun): Rule<StepProgress> {
  return askModel(run, 0)
}

/** What the end of a call of the model, or of some tools, is to an agent. */
export function* onEnded(run: AgentRun, json: Json, children: ChildEnds): Rule<StepProgress> {
  const cursor = Cursor.parse(json)
  if (cursor.job === null) return yield* afterModel(run, cursor, children)
  return yield* goOn(run, { ...cursor, ended: cursor.ended + children.length })
}

function* afterModel(run: AgentRun, cursor: Cursor, children: ChildEnds): Rule<StepProgress> {
  const child = children.find(({ index }) => index === cursor.at)
  if (!child) return { kind: 'waiting', cursor }
  const result = { kind: 'job', id: child.job } as const
  if (!isGood(child)) return { kind: 'failed', result, step: run.module.id, isFinal: child.status === 'canceled' }
  const calls = yield* callsOf(run, child.job)
  if (calls === undefined) return { kind: 'succeeded', result }
  if ('message' in calls) return failure(run, calls)
  const width = run.value.parallel === true ? Math.max(1, calls.length) : 1
  return yield* goOn(run, { ...cursor, job: child.job, calls: calls.length, width })
}

/** Starts the tools that may begin, or asks the model again where none is left. */
function* goOn(run: AgentRun, cursor: Cursor): Rule<StepProgress> {
  const { at, job, calls: count, started, ended, width } = cursor
  if (ended >= count) return yield* askModel(run, at + 1 + count)
  const until = Math.min(count, ended + width)
  if (until <= started) return { kind: 'waiting', cursor }
  const calls = yield* callsOf(run, job ?? '')
  if (calls !== undefined && 'message' in calls) return failure(run, calls)
  invariant(calls !== undefined, 'the calls of a model do not change')
  const asks = calls.slice(started, until).map((call, nth) => toolAsk(run, call, at + 1 + started + nth))
  const answers = yield* run.turn.askAll(asks)
  const failed = answers.find((answer) => answer.kind === 'failed')
  // None of them begins, and none is under way: they begin together, or one by one.
  if (failed) return failure(run, failed.error)
  for (const [nth, { slot }] of asks.entries())
    run.turn.give({ kind: 'start', slot, child: childKey(run, at + 1 + started + nth) })
  return { kind: 'waiting', cursor: { ...cursor, started: until } }
}

function* askModel(run: AgentRun, at: number): Rule<StepProgress> {
  const { turn, module, value, failures, scope } = run
  const slot = `model:${module.id}:${failures}:${at}`
  const answer = yield* turn.ask({
    kind: 'job',
    slot,
    module: module.id,
    // Later calls read the inputs and the tools of the first one.
    runnable: { kind: 'model', tag: value.tag, ...(at === 0 && { tools: toolsOf(run) }) },
    inputs: at === 0 ? value.input_transforms : {},
    options: stepOptions(turn.flow, module),
    scope,
  })
  if (answer.kind === 'failed') return failure(run, answer.error)

  turn.give({ kind: 'start', slot, child: childKey(run, at) })
  return { kind: 'waiting', cursor: { at, job: null, calls: 0, started: 0, ended: 0, width: 1 } satisfies Cursor }
}

/** The calls that a model asked for and that can be run; undefined where it answered. */
function* callsOf(run: AgentRun, job: string): Rule<readonly Call[] | FlowError | undefined> {
  const { turn, module, failures, scope } = run
  const slot = `calls:${module.id}:${failures}:${job}`
  const transform = { type: 'javascript', expr: 'result.calls' } as const
  const evaluated = yield* turn.value(slot, transform, { ...scope, result: { kind: 'job', id: job } })
  if (evaluated.kind === 'failed') return evaluated.error
  const calls = z.array(Call).safeParse(evaluated.value)
  return calls.success ? calls.data.filter((call) => findTool(run, call) && !call.error) : undefined
}

function findTool({ value }: AgentRun, { tool }: Call): AgentTool | undefined {
  return value.tools.find(({ id }) => id === tool)
}

function toolAsk(run: AgentRun, call: Call, index: number): Extract<Ask, { kind: 'job' }> {
  const { turn, module, failures, scope, together } = run
  const tool = findTool(run, call)
  invariant(tool !== undefined, `the agent has no tool ${call.tool}`)
  const given: Readonly<Record<string, Transform>> = Object.fromEntries(
    Object.entries(call.arguments ?? {}).map(([name, value]) => [name, { type: 'static', value }]),
  )
  const base = { kind: 'job', slot: `tool:${module.id}:${failures}:${index}`, module: tool.id, scope } as const
  const called = { tool: tool.id, name: call.name }
  if (tool.server) {
    const { resource } = tool.server
    const runnable: Runnable = { kind: 'mcp', resource, tool: call.server_tool ?? call.name, tag: run.value.tag }
    return { ...base, runnable, inputs: given, options: { called: { ...called, resource } } }
  }
  const job = tool.module && turn.flow.places.get(tool.id)?.kind.job
  invariant(tool.module !== undefined && job !== undefined, `the tool ${tool.id} is a job`)
  return {
    ...base,
    runnable: job.runnable(tool.module.value),
    inputs: { ...given, ...fixedInputs(job.inputs(tool.module.value)) },
    options: { ...stepOptions(turn.flow, tool.module), together, called },
  }
}

/** What the model is told of the tools: of each what it runs, and which inputs are not for the model to fill in. */
function toolsOf({ turn, value }: AgentRun): Json {
  return value.tools.map(({ id, name, description, module, server }): Json => {
    const told = { id, name, ...(description !== undefined && { description }) }
    if (server) return { ...told, server: { ...server } }
    const job = module && turn.flow.places.get(id)?.kind.job
    invariant(module !== undefined && job !== undefined, `the tool ${id} is a job`)
    const { language, content, path, hash, kind } = { ...NOTHING, ...job.runnable(module.value) }
    const runnable = { kind, ...(content === undefined ? { path, hash } : { language, content }) }
    return {
      ...told,
      fixed: Object.keys(fixedInputs(job.inputs(module.value))),
      runnable: JSON.parse(JSON.stringify(runnable)),
    }
  })
}

const NOTHING: { readonly [name in 'language' | 'content' | 'path' | 'hash']?: string } = {}

/** Inputs that the flow gives; the others are the model's to fill in. */
function fixedInputs(inputs: Readonly<Record<string, Transform>>): Readonly<Record<string, Transform>> {
  return Object.fromEntries(Object.entries(inputs).filter(([, input]) => isFixed(input)))
}

function isFixed(input: Transform): boolean {
  if (input.type === 'javascript') return input.expr.trim() !== ''
  return input.type === 'static' && input.value !== undefined
}

function childKey({ module, failures }: AgentRun, index: number) {
  return { module: module.id, index, failures }
}
