import { describe, expect, test } from 'vitest'
import { parseFlow } from '../../definition/parse-flow.ts'
import type { Json } from '../../json.ts'
import type { Answer, Ask, Command, FlowEvent, FrameContext, FrameState } from '../../protocol.ts'
import { transition } from '../../transition.ts'
import { testStepKind } from '../suite.ts'
import { aiagent } from './index.ts'

const add = {
  id: 't',
  summary: 'add',
  description: 'Adds two numbers.',
  value: {
    tool_type: 'flowmodule',
    type: 'script',
    path: 'f/x/add',
    input_transforms: { a: { type: 'ai' }, b: { type: 'static', value: 2 }, c: { type: 'javascript', expr: '' } },
  },
}
const server = {
  id: 's',
  value: { tool_type: 'mcp', resource_path: 'f/x/server', include_tools: ['look'], exclude_tools: ['break'] },
}
const value = {
  type: 'aiagent',
  input_transforms: { user_message: { type: 'static', value: 'hello' } },
  tools: [add, server],
  tag: 'gpu',
}

testStepKind({
  kind: aiagent,
  sample: value,
  refused: {
    input_transforms: { ...value, input_transforms: 3 },
    agent: { ...value, agent: 'f/x/agent' },
    tool_inputs: { ...value, tool_inputs: { t: {} } },
    parallel: { ...value, parallel: 'yes' },
    'tools[0].id': { ...value, tools: [{ ...add, id: '' }] },
    'tools[0].summary': { ...value, tools: [{ ...add, summary: 'add up' }] },
    'tools[1].summary': { ...value, tools: [add, { ...add, id: 'u' }] },
    'tools[1].value.resource_path': { ...value, tools: [add, { ...server, value: { tool_type: 'mcp' } }] },
    'tools[0].value.tool_type': { ...value, tools: [{ id: 'w', value: { tool_type: 'websearch' } }] },
    'tools[0].value.path': { ...value, tools: [{ id: 'w', value: { type: 'script' } }] },
  },
})

const problemsOf = (modules: readonly object[]) => {
  const parsed = parseFlow({ modules })
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path} ${message}`)
}

describe('the tools of an agent', () => {
  test('one is a job with an id of its own, which nothing is carried out around (F50, F91)', () => {
    const tools = [
      { ...add, id: 'b' },
      { ...add, id: 'x', summary: 'y', value: { type: 'identity' } },
    ]
    expect(
      problemsOf([
        { id: 'b', value: { type: 'identity' } },
        { id: 'it', value: { ...value, tools } },
      ]),
    ).toEqual([
      'modules[1].value.tools[0] has the id b of another module: give it its own',
      'modules[1].value.tools[1].value.type is identity: a tool is a script, a rawscript or a flow',
    ])
    const [fault] = problemsOf([{ id: 'it', value: { ...value, tools: [{ ...add, skip_if: { expr: 'true' } }] } }])
    expect(fault).toMatch(/^modules\[0\]\.value\.tools\[0\]\.skip_if is for a step/)
  })

  test('options for jobs are passed on to what the agent starts, but for a cache (F90)', () => {
    expect(problemsOf([{ id: 'it', value, timeout: 3, priority: 2, delete_after_secs: 4 }])).toEqual([])
    expect(problemsOf([{ id: 'it', value, cache_ttl: 3 }])[0]).toMatch(/^modules\[0\]\.cache_ttl is for a step/)
  })
})

/** The frame around an agent, whose children end as they are told. */
class Drive {
  readonly #flow
  readonly asks: Ask[] = []
  state: FrameState | undefined
  started: string[] = []
  end: Extract<Command, { kind: 'finish' }>['end'] | undefined

  constructor(agent: object) {
    const parsed = parseFlow({ modules: [{ id: 'it', value: agent }] })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    this.#flow = parsed.flow
  }

  /** `calls` is what the model called, where a call of it has ended. */
  tell(event: FlowEvent, calls: Json = null): readonly string[] {
    const context: FrameContext = {
      id: 'frame',
      pointer: { kind: 'root' },
      index: undefined,
      before: { kind: 'input', frame: 'frame' },
      isTriggered: false,
    }
    const answers = new Map<string, Answer>()
    const frame = { flow: this.#flow, context, state: this.state }
    let result = transition(frame, event, answers)
    while (result.kind === 'needs') {
      this.asks.push(...result.asks)
      for (const ask of result.asks)
        answers.set(ask.slot, ask.kind === 'value' ? { kind: 'value', value: calls } : { kind: 'job' })
      result = transition(frame, event, answers)
    }
    this.state = JSON.parse(JSON.stringify(result.state))
    const { commands } = result
    for (const command of commands) if (command.kind === 'finish') this.end = command.end
    return commands.flatMap((command) =>
      command.kind === 'start' ? [`${command.slot} at ${command.child.index}`] : [],
    )
  }

  ended(calls: Json, ...indices: readonly number[]): readonly string[] {
    const children = indices.map((index) => ({
      module: 'it',
      index,
      failures: 0,
      job: `j${index}`,
      status: 'success' as const,
    }))
    return this.tell({ kind: 'ended', children }, calls)
  }
}

const calls = [
  { tool: 't', name: 'add', arguments: { a: 1, b: 7 } },
  { name: 'none', error: 'There is no tool none.' },
  { tool: 's', server_tool: 'look.up', name: 'look_up', arguments: { at: 1 } },
]

describe('the rounds of an agent', () => {
  test('what the model calls are children behind its call, and then it is called again (F92)', () => {
    const drive = new Drive({ ...value, parallel: true })
    expect(drive.tell({ kind: 'started' })).toEqual(['model:it:0:0 at 0'])
    expect(drive.ended(calls, 0)).toEqual(['tool:it:0:1 at 1', 'tool:it:0:2 at 2'])
    expect(drive.ended(calls, 2)).toEqual([])
    expect(drive.ended(calls, 1)).toEqual(['model:it:0:3 at 3'])
    expect(drive.ended(null, 3)).toEqual([])
    expect(drive.end).toMatchObject({ status: 'success', result: { kind: 'job', id: 'j3' } })
  })

  test('without parallel, tools begin one by one, in the order of the calls (F92)', () => {
    const drive = new Drive(value)
    drive.tell({ kind: 'started' })
    expect(drive.ended(calls, 0)).toEqual(['tool:it:0:1 at 1'])
    expect(drive.ended(calls, 1)).toEqual(['tool:it:0:2 at 2'])
    expect(drive.ended(calls, 2)).toEqual(['model:it:0:3 at 3'])
  })

  test('what the flow gives a tool wins over what the model says, and the model is not told of it (F91, F95)', () => {
    const drive = new Drive({ ...value, parallel: true })
    drive.tell({ kind: 'started' })
    drive.ended(calls, 0)
    const [model, script, look] = drive.asks.filter((ask) => ask.kind === 'job')
    expect(model).toMatchObject({
      runnable: {
        kind: 'model',
        tag: 'gpu',
        tools: [
          {
            id: 't',
            name: 'add',
            description: 'Adds two numbers.',
            fixed: ['b'],
            runnable: { kind: 'script', path: 'f/x/add' },
          },
          { id: 's', server: { resource: '$res:f/x/server', include: ['look'], exclude: ['break'] } },
        ],
      },
      inputs: value.input_transforms,
    })
    expect(script).toMatchObject({
      module: 't',
      inputs: { a: { type: 'static', value: 1 }, b: { type: 'static', value: 2 } },
      options: { called: { tool: 't', name: 'add' } },
    })
    expect(look).toMatchObject({ runnable: { kind: 'mcp', resource: '$res:f/x/server', tool: 'look.up' } })
  })

  test('what it remembers does not grow with its rounds (F3)', () => {
    const drive = new Drive({ ...value, parallel: true })
    drive.tell({ kind: 'started' })
    const length = () => JSON.stringify(drive.state).length
    drive.ended(calls, 0)
    const before = length()
    for (let at = 0; at < 300; at += 3) {
      drive.ended(calls, at + 1, at + 2)
      drive.ended(calls, at + 3)
    }
    expect(length() - before).toBeLessThan(20)
  })
})
