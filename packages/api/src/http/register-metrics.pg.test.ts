import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

const scrape = (url: string, token?: string, from = fixture) =>
  from.api.app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

test.each(['/metrics', '/api/metrics'])('%s tells superadmins what the rows say', async (url) => {
  const tag = `t"${newId()}`
  const { workspace } = await fixture.makeWorkspace()
  const who = { createdBy: 'tester', email: 't@example.org', permissionedAs: 'u/tester' }
  await fixture.queue.enqueue(Array.from({ length: 3 }, () => ({ workspaceId: workspace, kind: 'noop', tag, ...who })))
  // Scrapes of one second share a reading, which may be older than these jobs.
  await expect
    .poll(async () => (await scrape(url, SECRET)).body, { timeout: 5000, interval: 100 })
    .toContain(`millrace_queue_jobs{tag="${tag.replace('"', '\\"')}",state="ready"} 3\n`)
  const reply = await scrape(url, SECRET)
  expect(reply.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(reply.body).toMatch(/^millrace_workers\{group="default"\} 0$/m)
  expect(reply.body).toMatch(/^millrace_scale_wanted_workers\{group="default"\} [1-9]\d*$/m)
  for (const line of reply.body.trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="([^"\\]|\\.)*",?)+\})? -?[\d.e+-]+)$/)
})

test('nobody else may read them, unless METRICS_OPEN says so', async () => {
  const { token } = await fixture.makeWorkspace()
  expect((await scrape('/metrics')).statusCode).toBe(401)
  expect((await scrape('/metrics', 'no-such-token')).statusCode).toBe(401)
  const refused = await scrape('/metrics', token)
  expect([refused.statusCode, refused.json().code]).toEqual([403, 'auth.forbidden'])
  const open = await startApi({ METRICS_OPEN: 'true' })
  expect((await scrape('/metrics', undefined, open)).statusCode).toBe(200)
  await open.stop()
})
