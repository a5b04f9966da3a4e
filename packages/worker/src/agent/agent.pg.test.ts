import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { makePartitions } from '@millrace/queue'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { agentFlow, deployFlow, keepResource, startAgentHost, type AgentHost } from './testing/agent-host.ts'
import { callTools, startModelServer, type Asked, type Said } from './testing/model-server.ts'

const KEY = 'sk-very-secret-key'
const tag = `t-${newId()}`

let base: TestDatabase
let host: AgentHost
beforeAll(async () => {
  base = await createTestDatabase()
  await makePartitions(base.db)
  host = await startAgentHost(base.db, tag)
  const numbers = { a: { type: 'number' }, b: { type: 'number' } }
  await deployFlow(base.db, 'f/x/add', adding, { type: 'object', properties: numbers, required: ['a', 'b'] })
  await deployFlow(base.db, 'f/x/fail', failing, { type: 'object', properties: {} })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const static_ = (value: unknown) => ({ type: 'static', value })
/** Gives `[a + b]`. */
const adding = {
  modules: [
    {
      id: 'l',
      value: {
        type: 'forloopflow',
        iterator: { type: 'javascript', expr: '[flow_input.a + flow_input.b]' },
        modules: [{ id: 'i', value: { type: 'identity' } }],
      },
    },
  ],
}
const failing = { modules: [{ id: 'i', value: { type: 'identity' }, skip_if: { expr: 'no.such.thing' } }] }

const tool = (id: string, path: string, inputs: object = {}) => ({
  id: `t_${id}`,
  summary: id,
  value: { tool_type: 'flowmodule', type: 'flow', path, input_transforms: inputs },
})
const add = tool('add', 'f/x/add')

interface Setup {
  readonly say: (asked: Asked, nth: number) => Said | Promise<Said>
  readonly inputs?: Readonly<Record<string, unknown>>
  readonly agent?: object
}

/** An agent whose model is the peer of the test. */
async function setUp({ say, inputs = {}, agent = {} }: Setup) {
  const server = await startModelServer(say)
  onTestFinished(() => server.stop())
  const path = `f/x/r${newId()}`
  await keepResource(base.db, path, { base_url: `${server.url}/v1`, api_key: KEY })
  const provider = { kind: 'customai', model: 'm1', resource: `$res:${path}` }
  const given = { provider, user_message: 'What is 1 + 2?', ...inputs }
  const input_transforms = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, static_(value)]))
  const modules = [{ id: 'ag', value: { type: 'aiagent', input_transforms, ...agent } }]
  return { server, modules }
}

async function runAgent(setup: Setup) {
  const { server, modules } = await setUp(setup)
  const id = await run(agentFlow(tag, modules))
  return { server, id, ...(await outcome(id)), jobs: await jobsOf(id) }
}

async function run(job: Parameters<AgentHost['queue']['enqueue']>[0][number]): Promise<string> {
  const id = newId()
  const expectation = host.queue.expect(id)
  await host.queue.enqueue([{ ...job, id }])
  if (!(await expectation.ended(15_000))) throw new Error(`the flow ${id} has not ended`)
  expectation.close()
  return id
}

async function outcome(id: string) {
  const { rows } = await base.db.pool.query<{ status: string; result: string }>(
    'select status, job_result_text(id) as result from job_outcome where id = $1',
    [id],
  )
  return { status: rows[0]?.status, result: JSON.parse(rows[0]?.result ?? 'null') }
}

async function jobsOf(flow: string) {
  const { rows } = await base.db.pool.query(
    `select j.id, j.kind, j.flow_step_index as index, j.args::text, j.raw_code, o.status, job_result_text(o.id) as result, j.options
     from job j join job_outcome o on o.id = j.id where j.parent_job = $1 order by j.flow_step_index`,
    [flow],
  )
  return rows
}

test('an agent without tools gives what its model says, with the messages and the tokens (F90)', async () => {
  const { status, result, server } = await runAgent({
    say: () => 'It is 3.',
    inputs: { system_prompt: 'Be short.', temperature: 0.5, max_completion_tokens: 50 },
  })
  expect(status).toBe('success')
  expect(result).toEqual({
    output: 'It is 3.',
    messages: [
      { role: 'user', content: 'What is 1 + 2?' },
      { role: 'assistant', content: 'It is 3.' },
    ],
    usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120, iterations: 1 },
  })
  expect(server.asked).toHaveLength(1)
  expect(server.asked[0]).toMatchObject({
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${KEY}` },
    body: {
      model: 'm1',
      temperature: 0.5,
      max_tokens: 50,
      messages: [{ role: 'system', content: 'Be short.' }, { role: 'user' }],
    },
  })
})

test('tools that a model calls are jobs of the step, and their results go back to it (F91, F92)', async () => {
  const { status, result, server, jobs } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['add', { a: 1, b: 2 }], ['add', { a: 3, b: 4 }]) : 'Done.'),
    agent: { tools: [add], parallel: true },
  })
  expect([status, result.output]).toEqual(['success', 'Done.'])
  expect(jobs.map(({ kind, index }) => [kind, index])).toEqual([
    ['aiagent', 0],
    ['flow', 1],
    ['flow', 2],
    ['aiagent', 3],
  ])
  expect(jobs[1]?.options).toMatchObject({ called: { tool: 't_add', name: 'add' } })
  expect(server.asked[0]?.body.tools?.[0]?.function).toMatchObject({
    name: 'add',
    description: 'What f/x/add does.',
    parameters: { properties: { a: { type: 'number' } }, required: ['a', 'b'] },
  })
  expect(server.asked[1]?.body.messages.slice(-2)).toEqual([
    { role: 'tool', tool_call_id: 'call_0', content: '[3]' },
    { role: 'tool', tool_call_id: 'call_1', content: '[7]' },
  ])
  expect(result.usage).toMatchObject({ total_tokens: 240, iterations: 2 })
})
