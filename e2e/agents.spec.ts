import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

const millrace = await startMillrace()
const { client } = millrace
const workspace = WORKSPACE
const KEY = 'sk-of-the-whole-product'

const said: {
  readonly key: string | undefined
  readonly body: { readonly messages: readonly { content: unknown }[] }
}[] = []
/** Speaks the protocol of chat completions: calls the tool once, and then has an answer. */
const model = createServer((request, response) => void answer(request, response))
async function answer(request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  said.push({ key: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) })
  const called = { name: 'greet', arguments: '{"name":"World"}' }
  const message =
    said.length === 1
      ? { content: null, tool_calls: [{ id: 'c1', type: 'function', function: called }] }
      : { content: 'It is said.' }
  const usage = { prompt_tokens: 10, completion_tokens: 5 }
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ choices: [{ message }], usage }))
}
await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve))

afterAll(async () => {
  model.close()
  await millrace.stop()
})

test('an agent works with code that is written in the flow, and its run tells what it did', async () => {
  const { port } = model.address() as AddressInfo
  await client.variables.createVariable({
    workspace,
    query: {},
    body: { path: 'f/ai/key', value: KEY, is_secret: true, description: '' },
  })
  await client.resources.createResource({
    workspace,
    query: {},
    body: {
      path: 'f/ai/model',
      resource_type: 'customai',
      value: { base_url: `http://127.0.0.1:${port}/v1`, api_key: '$var:f/ai/key' },
    },
  })
  const provider = { kind: 'customai', model: 'm', resource: '$res:f/ai/model' }
  const content = 'name="$1"\ngreeting="${2:-Hello}"\necho "$greeting, $name"\n'
  const greeting = { type: 'static', value: 'Good morning' }
  const tool = { type: 'rawscript', language: 'bash', content, lock: '', input_transforms: { greeting } }
  const agent = {
    type: 'aiagent',
    input_transforms: {
      provider: { type: 'static', value: provider },
      user_message: { type: 'javascript', expr: 'flow_input.ask' },
    },
    tools: [{ id: 't', summary: 'greet', value: tool }],
  }
  const value = { modules: [{ id: 'a', value: agent }] }
  const body = { value, args: { ask: 'Greet the world.' } }
  const id = (await client.flowRuns.runFlowPreview({ workspace, query: {}, body })).trim()
  for await (const event of client.jobs.getJobUpdatesSse({ workspace, id, query: {} }))
    if (event.type === 'update' && event.completed) break
  const result = await client.jobs.getCompletedJobResult({ workspace, id, query: {} })
  expect(result).toMatchObject({ output: 'It is said.', usage: { total_tokens: 30, iterations: 2 } })
  expect(said.map(({ key }) => key)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`])
  expect(said[1]?.body.messages.at(-1)?.content).toBe('Good morning, World')
  const job = await client.jobs.getJob({ workspace, id, query: {} })
  expect(job.flow_status?.modules[0]).toMatchObject({
    type: 'Success',
    agent_actions: [
      { type: 'message' },
      { type: 'tool_call', function_name: 'greet', module_id: 't' },
      { type: 'message' },
    ],
    agent_actions_success: [true, true, true],
  })
  expect(JSON.stringify(job)).not.toContain(KEY)
})
