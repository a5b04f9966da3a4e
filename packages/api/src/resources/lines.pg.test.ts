import { newId } from '@millrace/base/ids'
import type { NewJob } from '@millrace/queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

const asAdmin = (path: string) => fixture.call(path, { token: SECRET })

function jobs(count: number, workspaceId: string, tag: string): NewJob[] {
  const who = { createdBy: 'tester', email: 't@example.org', permissionedAs: 'u/tester' }
  return Array.from({ length: count }, () => ({ workspaceId, kind: 'noop', tag, ...who }))
}

async function setWeight(workspace: string, weight: unknown, token = SECRET) {
  return await fixture.call(`/workspaces/queue_weight/${workspace}`, { method: 'POST', token, body: { weight } })
}

test('a line tells its depth and its tenants, whose shares follow the weights that were set', async () => {
  const tag = `t-${newId()}`
  const [light, heavy] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
  const set = await setWeight(heavy.workspace, 4)
  expect([set.statusCode, set.body]).toEqual([200, `The queue weight of ${heavy.workspace} is 4.`])
  await fixture.queue.enqueue(jobs(1500, light.workspace, tag))
  await fixture.queue.enqueue(jobs(1500, heavy.workspace, tag))
  const reply = await asAdmin(`/workers/lines?tag=${tag}`)
  const [line] = reply.json()
  expect(line).toMatchObject({ tag, ready: 3000, scheduled: 0, running: 0, workers: 0, capped: false })
  expect(line.head_age_ms).toBeGreaterThanOrEqual(0)
  expect(line.tenants).toMatchObject([
    { workspace_id: heavy.workspace, waiting: 1500, running: 0, weight: 4 },
    { workspace_id: light.workspace, waiting: 1500, running: 0, weight: 1 },
  ])
  const [first, second] = line.tenants
  expect(first.next_places + second.next_places).toBe(1000)
  expect(first.share).toBe(first.next_places / 1000)
  expect(first.share).toBeCloseTo(0.8, 2)
})

test('status and counts are those of the same line, and a tag without jobs is in none', async () => {
  const tag = `t-${newId()}`
  const { workspace } = await fixture.makeWorkspace()
  await fixture.queue.enqueue(jobs(3, workspace, tag))
  const status = (await asAdmin('/workers/queue_status')).json()
  const ours = status.find((each: { tag: string }) => each.tag === tag)
  expect(ours).toEqual({ tag, waiting: 3, running: 0, workers: 0, delay: expect.any(Number) })
  expect((await asAdmin('/workers/queue_counts')).json()[tag]).toBe(3)
  expect((await asAdmin('/workers/queue_running_counts')).json()).not.toHaveProperty([tag])
})

test('a running job is counted as such, with the worker that has it', async () => {
  const tag = `t-${newId()}`
  const { workspace } = await fixture.makeWorkspace()
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  await fixture.work([tag], async () => {
    begun.resolve()
    await end.promise
    return { status: 'success', resultJson: 'true' }
  })
  await fixture.queue.enqueue(jobs(1, workspace, tag))
  await begun.promise
  expect((await asAdmin('/workers/queue_running_counts')).json()[tag]).toBe(1)
  expect((await asAdmin(`/workers/lines?tag=${tag}`)).json()).toMatchObject([{ running: 1, workers: 1, ready: 0 }])
  end.resolve()
})

test('samples come back as series and as metrics by tag', async () => {
  const tag = `t-${newId()}`
  await fixture.db.pool.query(
    `insert into queue_sample (at, tag, waiting, running, delay_ms) values
       (now() - interval '90 minutes', $1, 9, 0, 0), (now() - interval '10 minutes', $1, 4, 2, 1500)`,
    [tag],
  )
  const hour = (await asAdmin('/workers/queue_metrics_series')).json()
  expect(Date.parse(hour.to) - Date.parse(hour.from)).toBe(3_600_000)
  expect(hour.tags.find((each: { tag: string }) => each.tag === tag).samples).toMatchObject([
    { waiting: 4, running: 2, delay_s: 1.5 },
  ])
  const twoHours = (await asAdmin('/workers/queue_metrics_series?window_secs=7200')).json()
  expect(twoHours.tags.find((each: { tag: string }) => each.tag === tag).samples).toHaveLength(2)
  const metrics = (await asAdmin('/workers/queue_metrics')).json()
  const valuesOf = (id: string) => {
    const found = metrics.find((each: { id: string }) => each.id === id)
    return found.values.map(({ value }: { value: number }) => value)
  }
  expect([valuesOf(`queue_count_${tag}`), valuesOf(`queue_delay_${tag}`)]).toEqual([
    [9, 4],
    [0, 1.5],
  ])
})

test('a scale hint has its arithmetic beside it', async () => {
  const [hint] = (await asAdmin('/workers/scale_hint')).json()
  expect(hint).toMatchObject({ group: 'default', enabled: true, current: expect.any(Number) })
  const slots = Math.max(hint.arriving_slots, hint.busy_slots) + hint.draining_slots
  expect(hint.needed).toBe(Math.ceil(slots / hint.slots_per_worker - 1e-9))
  expect(hint.wanted).toBe(Math.min(hint.max_workers, Math.max(hint.min_workers, hint.needed)))
  expect(hint.why).toMatch(new RegExp(`: ${hint.needed} workers? of`))
})

test('a weight is read back as it was set, within its bounds and by superadmins only', async () => {
  const { workspace, token } = await fixture.makeWorkspace()
  const read = () => asAdmin(`/workspaces/queue_weight/${workspace}`)
  expect((await read()).json()).toEqual({ weight: 1 })
  await setWeight(workspace, 0.3)
  expect((await read()).json()).toEqual({ weight: 0.3 })
  for (const weight of [0, 0.05, 101, '2', null]) {
    const refused = await setWeight(workspace, weight)
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'request.invalid'])
  }
  expect((await setWeight(workspace, 5, token)).statusCode).toBe(403)
  const missing = await setWeight('no-such-workspace', 5)
  expect([missing.statusCode, missing.json().code]).toEqual([404, 'workspace.not_found'])
  expect((await read()).json()).toEqual({ weight: 0.3 })
})

test('fairness is told by the weights as they were changed, and by the shares where several wait', async () => {
  const tag = `t-${newId()}`
  const [light, heavy] = [await fixture.makeWorkspace(), await fixture.makeWorkspace()]
  const alone = await fixture.makeWorkspace()
  for (const weight of [2, 2, 3]) await setWeight(heavy.workspace, weight)
  await fixture.queue.enqueue(jobs(2, alone.workspace, `${tag}-alone`))
  for (const { workspace } of [light, heavy]) await fixture.queue.enqueue(jobs(40, workspace, tag))
  const reply = await asAdmin('/workers/workspace_fairness_events')
  const of = (workspace: string, operation: string) =>
    reply
      .json()
      .filter((event: Event) => event.workspace_id === workspace && event.operation === operation)
      .map((event: Event) => event.parameters)
  expect(of(heavy.workspace, 'workspace.weigh')).toEqual([
    { weight: 3, before: 2, by: 'superadmin' },
    { weight: 2, before: 1, by: 'superadmin' },
  ])
  const [[strong], [weak]] = [heavy, light].map(({ workspace }) => of(workspace, 'workspace.share'))
  expect([strong, weak]).toMatchObject([
    { tag, weight: 3, waiting: 40, running: 0 },
    { tag, weight: 1, waiting: 40, running: 0 },
  ])
  expect(strong.share + weak.share).toBeCloseTo(1)
  expect(of(alone.workspace, 'workspace.share')).toEqual([])
  expect((await fixture.call('/workers/workspace_fairness_events', light)).statusCode).toBe(403)
})

interface Event {
  readonly workspace_id: string
  readonly operation: string
  readonly parameters: unknown
}
