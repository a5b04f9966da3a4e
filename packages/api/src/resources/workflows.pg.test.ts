import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place
let script: string
let flow: string

beforeAll(async () => {
  fixture = await startApi()
  ann = await fixture.makeWorkspace()
  const run = async (path: string, body: object) => (await post(path, body)).body
  script = await run('jobs/run/preview', { content: 'echo', language: 'bash' })
  flow = await run('jobs/run/preview_flow', { value: { modules: [] } })
})
afterAll(() => fixture.stop())

async function post(path: string, body: object) {
  return await fixture.call(`${ann.root}/${path}`, { token: ann.token, method: 'POST', body })
}

async function steps(id: string) {
  const reply = await fixture.call(`${ann.root}/jobs/workflow/steps/${id}`, { token: ann.token })
  return [reply.statusCode, reply.json().code ?? reply.json()]
}

test('a script that has come to no step has none, and what is no script is no workflow', async () => {
  expect(await steps(script)).toEqual([200, []])
  expect(await steps(flow)).toEqual([400, 'workflow.not_one'])
  expect(await steps(newId())).toEqual([404, 'job.not_found'])
})

test.each(['jobs/workflow_as_code', 'jobs/run/workflow_as_code'])(
  '%s is for the script whose function it runs',
  async (path) => {
    const call = async (id: string) => (await post(`${path}/${id}/double`, { args: { x: 1 } })).json().code
    expect(await call(script)).toBe('auth.forbidden')
    expect(await call(flow)).toBe('workflow.not_one')
    expect(await call(newId())).toBe('job.not_found')
    expect((await post(`${path}/${script}/double`, { args: 1 })).json().code).toBe('request.invalid')
  },
)
