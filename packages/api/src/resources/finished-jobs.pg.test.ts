import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { erasePayloads, Notifier, type NewJob, type Outcome } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

const asAdmin = (path: string) => fixture.call(path, { token: SECRET })
const failure: Outcome = { status: 'failure', resultJson: '{}' }

/** A workspace whose jobs of the kind identity fail, and a tag of its own. */
async function setup(log = '') {
  const place = await fixture.makeWorkspace()
  const tag = `t-${newId()}`
  const get = (path: string) => fixture.call(`${place.root}${path}`, { token: place.token })
  const post = (path: string, body?: object) =>
    fixture.call(`${place.root}${path}`, { method: 'POST', token: place.token, ...(body && { body }) })
  await fixture.work([tag], (job, context) => {
    context.log.write(log)
    return job.kind === 'identity' ? failure : { status: 'success', resultJson: '{"a":1}' }
  })
  const who = { createdBy: place.username, email: place.email, permissionedAs: `u/${place.username}` }
  const base = { workspaceId: place.workspace, kind: 'noop', tag, ...who, awaited: true }
  const run = async (jobs: readonly Partial<NewJob>[]) => {
    const ids = await fixture.queue.enqueue(jobs.map((job) => ({ ...base, ...job })))
    await Promise.all(ids.map(waitForEnd))
    return ids
  }
  return { place, tag, get, post, run }
}

describe('counts of finished jobs', () => {
  test('are by success, tag and time, of the workspace or of all', async () => {
    const { tag, get, post, run, place } = await setup()
    await run([{}, { kind: 'identity' }])
    const [ended] = (await get('/jobs/completed/export?per_page=1')).json()
    const [created_at, completed_at] = [9000, 7200].map((s) => new Date(Date.now() - s * 1000).toISOString())
    const { started_at: _begun, ...old } = { ...ended, id: newId(), created_at, completed_at }
    expect((await post('/jobs/completed/import', [old])).body).toBe('Imported 1 job.')
    const count = async (query: string) => (await get(`/jobs/completed/count_jobs?${query}`)).json()
    expect([await count(''), await count('success=true'), await count('success=false')]).toEqual([3, 2, 1])
    expect([await count('completed_after_s_ago=600'), await count('completed_after_s_ago=600&success=true')]).toEqual([
      2, 1,
    ])
    expect([await count(`tags=${tag},x`), await count('tags=x'), await count('tags=x&success=true')]).toEqual([3, 0, 0])
    expect((await get('/jobs/completed/count_jobs?all_workspaces=true')).statusCode).toBe(403)
    const all = (
      await asAdmin('/w/admins/jobs/completed/count_jobs?all_workspaces=true&completed_after_s_ago=600')
    ).json()
    expect(all).toBeGreaterThanOrEqual(2)

    const byTag = async (query: string) => (await asAdmin(`/jobs/completed/count_by_tag?${query}`)).json()
    expect(await byTag(`workspace_id=${place.workspace}`)).toEqual([{ tag, count: 2 }])
    expect(await byTag('horizon_secs=10000')).toContainEqual({ tag, count: 3 })
    expect((await asAdmin('/jobs/completed/count_by_tag?horizon_secs=0')).json().code).toBe('request.invalid')
    expect((await fixture.call('/jobs/completed/count_by_tag', place)).statusCode).toBe(403)
  })
})

describe('one finished job', () => {
  test('tells the end of its log, however long that is', async () => {
    const { get, run } = await setup(`${'0'.repeat(80_000)}\n${'1'.repeat(49_999)}`)
    const [id = ''] = await run([{}])
    const tail = (await get(`/jobs_u/get_completed_logs_tail/${id}`)).body
    expect(tail).toBe(`\n${'1'.repeat(49_999)}`)
    expect((await get(`/jobs_u/get_completed_logs_tail/${newId()}`)).json().code).toBe('job.not_found')
  })

  test('is erased by an administrator: it stays as a run, without what it was given and gave', async () => {
    const { get, post, run, place } = await setup('secret')
    const [id = '', other = ''] = await run([{ args: { a: 1 } }, { args: { a: 2 } }])
    expect((await post(`/jobs/completed/delete/${id}`)).json()).toMatchObject({ id, success: true, deleted: true })
    const { db } = fixture
    const notifier = new Notifier(db.options, silentLogger)
    await erasePayloads.runOnce({ db, notifier, log: silentLogger, leaseMs: 20_000, retentionDays: 30 })
    const job = (await get(`/jobs_u/get/${id}`)).json()
    expect(job).toMatchObject({ success: true, result: null, logs: '' })
    expect(job).not.toHaveProperty('args')
    expect((await get(`/jobs_u/get/${other}`)).json()).toMatchObject({
      args: { a: 2 },
      result: { a: 1 },
      logs: 'secret',
    })
    const member = await fixture.addMember(place.workspace, { isAdmin: false })
    const call = { method: 'POST', token: member.token } as const
    expect((await fixture.call(`${place.root}/jobs/completed/delete/${other}`, call)).statusCode).toBe(403)
    expect((await post(`/jobs/completed/delete/${newId()}`)).json().code).toBe('job.not_found')
  })
})

test('selected runs come by what they ran, each version with its schema and the newest beside them', async () => {
  const { post, run } = await setup()
  const script = { path: 'f/x/hello', content: 'a="$1"\n', language: 'bash' }
  const before = (await post('/scripts/create', script)).body
  const ids: string[] = []
  const call = async () => ids.push((await post('/jobs/run/p/f/x/hello', { a: 1 })).body)
  await call()
  const after = (await post('/scripts/create', { ...script, content: 'b="$1"\n', parent_hash: before })).body
  await call()
  await call()
  const [plain = ''] = await run([{}])
  const groups = (await post('/jobs/list_selected_job_groups', [...ids, plain, newId()])).json()
  expect(groups).toHaveLength(1)
  const [group] = groups
  expect(group).toMatchObject({ kind: 'script', script_path: 'f/x/hello', latest_schema: { properties: { b: {} } } })
  const byHash = new Map(group.schemas.map((each: { script_hash: string }) => [each.script_hash, each]))
  expect(byHash.get(before)).toMatchObject({ schema: { properties: { a: {} } }, job_ids: ids.slice(0, 1) })
  expect(byHash.get(after)).toMatchObject({ schema: { properties: { b: {} } }, job_ids: ids.slice(1) })
})

test('the clock is that of the database', async () => {
  const { place } = await setup()
  const clock = (await fixture.call('/jobs/db_clock', place)).json()
  const { rows } = await fixture.db.pool.query<{ ms: number }>(
    'select (extract(epoch from now()) * 1000)::float8 as ms',
  )
  expect(Math.abs(clock - (rows[0]?.ms ?? 0))).toBeLessThan(10_000)
})

async function waitForEnd(id: string): Promise<void> {
  const expectation = fixture.queue.expect(id)
  expect(await expectation.ended(10_000)).toBe(true)
  expectation.close()
}
