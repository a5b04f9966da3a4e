import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { makePartitions } from '@millrace/queue'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { agentFlow, deployFlow, keepResource, startAgentHost, type AgentHost } from './testing/agent-host.ts'
import { startToolPeer } from './testing/tool-peer.ts'
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

test('one by one a tool begins when the one before it has ended (F92)', async () => {
  const { jobs, result } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['add', { a: 1, b: 2 }], ['add', { a: 3, b: 4 }]) : 'Done.'),
    agent: { tools: [add], parallel: false },
  })
  expect(result.output).toBe('Done.')
  const { rows } = await base.db.pool.query(
    'select (select started_at from job_outcome where id = $1) >= finished_at as waited from job_outcome where id = $2',
    [jobs[2]?.id, jobs[1]?.id],
  )
  expect(rows).toEqual([{ waited: true }])
})

test('inputs that the flow gives are not the model’s: it is not told of them, and they win (F91)', async () => {
  const fixed = tool('add', 'f/x/add', { b: static_(40), a: { type: 'ai' } })
  const { server, result, jobs } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['add', { a: 2 }]) : 'Done.'),
    agent: { tools: [fixed] },
  })
  expect(result.output).toBe('Done.')
  expect(server.asked[0]?.body.tools?.[0]?.function.parameters).toMatchObject({
    properties: { a: { type: 'number' } },
    required: ['a'],
    additionalProperties: false,
  })
  expect(JSON.parse(jobs[1]?.args)).toEqual({ a: 2, b: 40 })
})

test('the error of a tool that fails goes back to the model, which goes on (F93)', async () => {
  const { server, status, jobs } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['fail', {}]) : 'I could not.'),
    agent: { tools: [tool('fail', 'f/x/fail')] },
  })
  expect([status, jobs[1]?.status]).toEqual(['success', 'failure'])
  expect(server.asked[1]?.body.messages.at(-1)).toMatchObject({
    role: 'tool',
    content: expect.stringMatching(/^The tool failed: .*no/),
  })
})

test('what a model calls amiss is told to it, and nothing runs for it (F93)', async () => {
  const { server, jobs } = await runAgent({
    say: (_asked, nth) =>
      nth === 0
        ? callTools(
            ['sum', { a: 1 }],
            ['add', '{"a": 1,'],
            ['add', { a: 'one', b: 2 }],
            ['add', [1]],
            ['add', { a: '$var:f/x/secret', b: 2 }],
            ['add', { a: 1, b: 1 }],
          )
        : 'Done.',
    agent: { tools: [add], parallel: true },
  })
  expect(jobs.map(({ kind }) => kind)).toEqual(['aiagent', 'flow', 'aiagent'])
  expect(server.asked[1]?.body.messages.slice(-6).map(({ content }) => content)).toEqual([
    'There is no tool sum: there are add.',
    expect.stringContaining('no JSON'),
    expect.stringContaining('a: Invalid input: expected number'),
    expect.stringContaining('no object'),
    expect.stringContaining('not for a model to name'),
    '[2]',
  ])
})

test('where all that a model calls is amiss it is asked again at once (F93)', async () => {
  const { result, jobs } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['nothing', {}]) : 'Done.'),
  })
  expect(result.output).toBe('Done.')
  expect(jobs.map(({ index }) => index)).toEqual([0, 1])
})

test('a server that is busy or out of order is asked again, when it says (F94)', async () => {
  const times: number[] = []
  const { status, server } = await runAgent({
    say: (_asked, nth) => {
      times.push(performance.now())
      if (nth === 0) return { status: 429, headers: { 'retry-after': '1' }, json: { error: { message: 'slow down' } } }
      if (nth === 1) return { status: 503, headers: { 'retry-after': '0' }, json: {} }
      return 'Here I am.'
    },
  })
  expect([status, server.asked.length]).toEqual(['success', 3])
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
})

test('a server that says no ends the step with its sentence, and one that wants a long wait too (F94)', async () => {
  const no = await runAgent({
    say: () => ({ status: 401, json: { error: { message: `The key ${KEY} is unknown.` } } }),
  })
  expect(no.status).toBe('failure')
  expect(no.result.error).toMatchObject({ name: 'ServerError', step_id: 'ag' })
  expect(no.result.error.message).toMatch(/answered 401: The key \*\*\* is unknown/)
  expect(no.server.asked).toHaveLength(1)
  const late = await runAgent({ say: () => ({ status: 429, headers: { 'retry-after': '3600' }, json: {} }) })
  expect(late.result.error).toMatchObject({ name: 'RateLimited', message: expect.stringContaining('3600 s') })
  expect(late.server.asked).toHaveLength(1)
  const odd = await runAgent({ say: () => ({ json: { hello: KEY } }) })
  expect(odd.result.error).toMatchObject({ name: 'BadModelReply', message: expect.not.stringContaining(KEY) })
})

test('max_iterations, max_total_tokens and max_cost end the step before the next call begins (F96)', async () => {
  const say = () => callTools(['add', { a: 1, b: 2 }])
  const price = { input_per_million: 1000, output_per_million: 2000 }
  const turns = await runAgent({ say, inputs: { max_iterations: 2 }, agent: { tools: [add] } })
  expect(turns.result.error).toMatchObject({ name: 'MaxIterationsReached', step_id: 'ag' })
  expect(turns.server.asked).toHaveLength(2)
  const tokens = await runAgent({ say, inputs: { max_total_tokens: 240 }, agent: { tools: [add] } })
  expect(tokens.result.error).toMatchObject({ name: 'TokensSpent' })
  expect(tokens.server.asked.map(({ body }) => body['max_tokens'])).toEqual([240, 120])
  const { server, modules } = await setUp({ say, inputs: { max_cost: 0.2 }, agent: { tools: [add] } })
  const text = JSON.stringify(modules).replace('"model":"m1"', `"model":"m1","price":${JSON.stringify(price)}`)
  const id = await run(agentFlow(tag, JSON.parse(text)))
  // Each costs 100 × 0.001 + 20 × 0.002.
  expect((await outcome(id)).result.error).toMatchObject({
    name: 'MoneySpent',
    message: expect.stringContaining('0.28'),
  })
  expect(server.asked).toHaveLength(2)
  const unknown = await runAgent({ say, inputs: { max_cost: 1 } })
  expect(unknown.result.error).toMatchObject({ name: 'BadAgentInput', message: expect.stringContaining('price') })
})

const wanted = { type: 'object', properties: { sum: { type: 'integer' } }, required: ['sum'] }

test('an output that has a schema is judged by it, and the model is told what does not match (F97)', async () => {
  const said = ['Three!', '{"sum": "three"}', '```json\n{"sum": 3}\n```']
  const { result, server } = await runAgent({
    say: (_asked, nth) => said[nth] ?? '',
    inputs: { output_schema: wanted },
  })
  expect(result.output).toEqual({ sum: 3 })
  expect(result.usage.iterations).toBe(3)
  const schemas = server.asked.map(({ body }) => body['response_format'])
  expect(schemas[0]).toMatchObject({ type: 'json_schema', json_schema: { schema: wanted } })
  expect(server.asked[1]?.body.messages.at(-1)?.content).toMatch(/no JSON/)
  expect(server.asked[2]?.body.messages.at(-1)?.content).toMatch(/sum: .*expected/)
})

test('a model that does not keep to the schema ends the step (F97)', async () => {
  const { result, server } = await runAgent({ say: () => '{}', inputs: { output_schema: wanted } })
  expect(result.error).toMatchObject({ name: 'OutputMismatch', step_id: 'ag' })
  expect(server.asked).toHaveLength(4)
})

test('an agent remembers the last messages of its conversation, and no other one’s (F98)', async () => {
  const { server, modules } = await setUp({
    say: (_asked, nth) => `answer ${nth}`,
    inputs: { memory: { kind: 'window', context_length: 3 } },
  })
  for (const memoryId of ['one', 'one', 'one', 'two']) await run({ ...agentFlow(tag, modules), options: { memoryId } })
  expect(server.asked.map(({ body }) => body.messages.slice(0, -1).map(({ content }) => content))).toEqual([
    [],
    ['What is 1 + 2?', 'answer 0'],
    ['answer 0', 'What is 1 + 2?', 'answer 1'],
    [],
  ])
})

test('the key of a model is in no job, result, log or error, and one that would be is refused (F99)', async () => {
  const { modules } = await setUp({ say: () => `You sent ${KEY.length} letters.` })
  const id = await run(agentFlow(tag, modules))
  const { rows } = await base.db.pool.query<{ text: string }>(
    `select j::text || coalesce(o::text, '') || coalesce((select string_agg(l.chunk, '') from job_log l where l.job_id = j.id), '') as text
     from job j left join job_outcome o on o.id = j.id where j.id = $1 or j.parent_job = $1`,
    [id],
  )
  expect(rows.length).toBe(2)
  expect(rows.map(({ text }) => text).join('')).not.toContain(KEY)
  const plain = JSON.parse(JSON.stringify(modules).replace('"model":"m1"', `"model":"m1","api_key":"plain"`))
  const refused = await outcome(await run(agentFlow(tag, plain)))
  expect(refused.result.error).toMatchObject({ name: 'BadAgentInput', message: expect.stringContaining('$var:') })
})

test.each([
  [{ output_type: 'image' }, 'output_type'],
  [{ user_attachments: [{ s3: 'a' }] }, 'user_attachments'],
  [{ user_images: [{ s3: 'a' }] }, 'user_attachments'],
  [{ temperature: 9 }, 'temperature'],
  [{ user_message: null }, 'user_message'],
  [{ output_schema: { type: 'thing' } }, 'output_schema'],
  [{ provider: { kind: 'aws_bedrock', model: 'm' } }, 'aws_bedrock'],
  [{ provider: { kind: 'customai', model: 'm' } }, 'base_url'],
  [{ provider: { kind: 'openai', model: 'm', resource: '$res:f/x/none' } }, 'f/x/none'],
])('inputs that an agent cannot use end the step with what to do: %j (F90)', async (inputs, said) => {
  const { result, server } = await runAgent({ say: () => 'never', inputs })
  expect(result.error.message).toContain(said)
  expect(server.asked).toEqual([])
})

test('the tools of a server are offered as it lists them, and their calls are jobs (F95)', async () => {
  const peer = await startToolPeer()
  onTestFinished(() => peer.stop())
  const path = `f/x/s${newId()}`
  await keepResource(base.db, path, { url: peer.url, api_key: KEY })
  const value = { tool_type: 'mcp', resource_path: path, include_tools: [], exclude_tools: [] }
  const { result, server, jobs, id } = await runAgent({
    say: (_asked, nth) => (nth === 0 ? callTools(['weather_now', { city: 'Ulm' }], ['break', {}]) : 'Rain.'),
    agent: { tools: [{ id: 's', value }] },
  })
  expect(result.output).toBe('Rain.')
  expect(server.asked[0]?.body.tools?.map((each) => each.function.name)).toEqual(['weather_now', 'break'])
  expect(server.asked[1]?.body.messages.slice(-2).map(({ content }) => content)).toEqual([
    'Rain: {"city":"Ulm"}',
    'The tool failed: ToolError: It broke.',
  ])
  expect(jobs.map(({ kind, status }) => [kind, status])).toEqual([
    ['aiagent', 'success'],
    ['aiagent', 'success'],
    ['aiagent', 'failure'],
    ['aiagent', 'success'],
  ])
  expect(JSON.parse(jobs[1]?.args)).toEqual({ city: 'Ulm' })
  expect(peer.asked.every(({ key }) => key === `Bearer ${KEY}`)).toBe(true)
  expect(JSON.stringify([jobs, id])).not.toContain(KEY)
})

test('include_tools, exclude_tools and enabled_tools say which tools there are (F95)', async () => {
  const peer = await startToolPeer()
  onTestFinished(() => peer.stop())
  const path = `f/x/s${newId()}`
  await keepResource(base.db, path, { url: peer.url })
  const offered = async (value: object, inputs = {}) => {
    const tools = [add, { id: 's', value: { tool_type: 'mcp', resource_path: `$res:${path}`, ...value } }]
    const { server } = await runAgent({ say: () => 'Done.', inputs, agent: { tools } })
    return server.asked[0]?.body.tools?.map((each) => each.function.name)
  }
  expect(await offered({ include_tools: ['break'] })).toEqual(['add', 'break'])
  expect(await offered({ exclude_tools: ['break'] })).toEqual(['add', 'weather_now'])
  expect(await offered({}, { enabled_tools: ['weather_now'] })).toEqual(['weather_now'])
})
