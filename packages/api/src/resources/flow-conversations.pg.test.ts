import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place
const holds = new Map<unknown, Promise<void>>()

beforeAll(async () => {
  fixture = await startApi()
  await fixture.workFlows({
    async answer({ said }) {
      await holds.get(said)
      if (said === 'fail') throw new Error('I cannot say')
      return said === 'think' ? { output: 'thought', messages: [] } : `you said ${String(said)}`
    },
  })
})
beforeEach(async () => {
  ann = await fixture.makeWorkspace()
  const input_transforms = { said: { type: 'javascript', expr: 'flow_input.user_message' } }
  const modules = [{ id: 'a', value: { type: 'rawscript', language: 'bash', content: 'answer', input_transforms } }]
  const schema = { type: 'object', properties: { user_message: { type: 'string' } } }
  const body = { path: 'f/x/chat', value: { modules, chat_input_enabled: true }, schema }
  await post('flows/create', body)
})
afterAll(() => fixture.stop())

const get = async (path: string, who = ann) => await fixture.call(`${ann.root}/${path}`, { token: who.token })
const post = (path: string, body: object = {}, who = ann) =>
  fixture.call(`${ann.root}/${path}`, { method: 'POST', token: who.token, body })
const say = (id: string, text: string, who = ann) =>
  post(`jobs/run_wait_result/f/f/x/chat?memory_id=${id}&always_200=true`, { user_message: text }, who)
const messagesOf = async (id: string, query = '') => {
  const reply = (await get(`flow_conversations/${id}/messages${query}`)).json()
  return reply.map((row: { message_type: string; content: string; success: boolean }) => [
    row.message_type,
    row.content,
    row.success,
  ])
}

test('what is said in turns is read in its order, by pages from the end or after a message', async () => {
  const id = randomUUID()
  for (const text of ['hello', 'think', 'fail']) await say(id, text)
  const all = [
    ['user', 'hello', true],
    ['assistant', 'you said hello', true],
    ['user', 'think', true],
    ['assistant', 'thought', true],
    ['user', 'fail', true],
    ['assistant', 'I cannot say', false],
  ]
  expect(await messagesOf(id)).toEqual(all)
  expect(await messagesOf(id, '?per_page=2&page=2')).toEqual(all.slice(2, 4))
  const rows = (await get(`flow_conversations/${id}/messages`)).json()
  expect(await messagesOf(id, `?after_seq=${rows[3].created_seq}`)).toEqual(all.slice(4))
  expect(new Set(rows.map((row: { id: string }) => row.id)).size).toBe(6)
})

test('conversations are listed for who has them, renamed and forgotten, and their runs are kept', async () => {
  const [first, second] = [randomUUID(), randomUUID()]
  await say(first, 'one')
  await say(second, 'two')
  await say(first, 'three')
  const listed = (await get('flow_conversations/list?flow_path=f/x/chat')).json()
  expect(listed).toMatchObject([
    { id: first, title: 'one', flow_path: 'f/x/chat', created_by: ann.username, is_test: false },
    { id: second, title: 'two' },
  ])
  expect(listed[0]).not.toHaveProperty('running_turn')
  expect((await get('flow_conversations/list?flow_path=f/x/other')).json()).toEqual([])
  expect((await post(`flow_conversations/update/${second}`, { title: 'Zwei' })).statusCode).toBe(200)
  expect((await get('flow_conversations/list?per_page=1&page=2')).json()).toMatchObject([{ id: second, title: 'Zwei' }])
  const [{ job_id: run }] = (await get(`flow_conversations/${second}/messages`)).json()
  const path = `${ann.root}/flow_conversations/delete/${second}`
  expect((await fixture.call(path, { method: 'DELETE', token: ann.token })).statusCode).toBe(200)
  expect((await get(`flow_conversations/${second}/messages`)).json().code).toBe('flow_conversation.not_found')
  expect((await get(`jobs_u/get/${run}`)).statusCode).toBe(200)
})

test('while a turn is answered there is no other, and the list says which one it is', async () => {
  const id = randomUUID()
  const held = Promise.withResolvers<void>()
  holds.set('wait', held.promise)
  const run = (await post(`jobs/run/f/f/x/chat?memory_id=${id}`, { user_message: 'wait' })).body
  const busy = await say(id, 'too early')
  expect([busy.statusCode, busy.json().code]).toEqual([409, 'flow_conversation.busy'])
  const [listed] = (await get('flow_conversations/list')).json()
  const [said] = (await get(`flow_conversations/${id}/messages`)).json()
  expect(listed.running_turn).toEqual({ job_id: run, user_seq: said.created_seq })
  held.resolve()
  await get(`jobs_u/completed/get_result_maybe/${run}?get_started=false`)
  await expect.poll(async () => (await say(id, 'now')).statusCode, { timeout: 10_000 }).toBe(200)
  expect((await messagesOf(id)).map(([, text]: string[]) => text)).toEqual([
    'wait',
    'you said wait',
    'now',
    'you said now',
  ])
})

test('a conversation is of one person with one flow, deployed or tried', async () => {
  const id = randomUUID()
  await say(id, 'hello')
  const bob = await fixture.addMember(ann.workspace)
  const theirs = await say(id, 'me too', bob)
  expect([theirs.statusCode, theirs.json().code]).toEqual([404, 'flow_conversation.not_found'])
  expect((await get('flow_conversations/list', bob)).json()).toEqual([])
  expect((await get(`flow_conversations/${id}/messages`, bob)).statusCode).toBe(404)
  expect((await post(`flow_conversations/update/${id}`, { title: 'x' }, bob)).statusCode).toBe(404)
  const tried = randomUUID()
  const value = { modules: [], chat_input_enabled: true }
  const args = { user_message: 'hm' }
  const body = { path: 'f/x/chat', value, args }
  expect((await post(`jobs/run_wait_result/preview_flow?memory_id=${id}`, body)).statusCode).toBe(404)
  expect((await post(`jobs/run_wait_result/preview_flow?memory_id=${tried}`, body)).statusCode).toBe(200)
  expect((await get('flow_conversations/list?kind=test')).json()).toMatchObject([{ id: tried, is_test: true }])
  expect((await get('flow_conversations/list?kind=all')).json()).toHaveLength(2)
})

test('a turn that could not be asked for is none, and the conversation goes on', async () => {
  const id = randomUUID()
  await say(id, 'hello')
  const other = randomUUID()
  const [{ job_id: run }] = (await get(`flow_conversations/${id}/messages`)).json()
  const refused = await post(`jobs/run/f/f/x/chat?memory_id=${other}&job_id=${run}`, { user_message: 'not hello' })
  expect([refused.statusCode, refused.json().code]).toEqual([400, 'job.exists'])
  expect(await messagesOf(other)).toEqual([])
  expect((await say(other, 'hi')).statusCode).toBe(200)
  // The same call again is the same turn.
  const again = await post(`jobs/run/f/f/x/chat?memory_id=${id}&job_id=${run}`, { user_message: 'hello' })
  expect(again.statusCode).toBeLessThan(500)
  expect(await messagesOf(id)).toHaveLength(2)
})
