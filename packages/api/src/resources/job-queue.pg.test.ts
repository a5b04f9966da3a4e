import { newId } from '@millrace/base/ids'
import type { ClaimedJob, NewJob, Outcome, RunContext } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

type Run = (job: ClaimedJob, context: RunContext) => Outcome | Promise<Outcome>
const echo: Run = (job) => ({ status: 'success', resultJson: job.argsJson ?? 'null' })

/** A workspace with a script whose tag no other test has. */
async function setup(run?: Run) {
  const place = await fixture.makeWorkspace()
  const { root, token, workspace: tag } = place
  const get = (path: string) => fixture.call(`${root}${path}`, { token })
  const post = (path: string, body?: object) =>
    fixture.call(`${root}${path}`, { method: 'POST', token, ...(body && { body }) })
  const script = { path: 'f/x/hello', content: 'name="$1"\n', language: 'bash', tag }
  const hash = (await post('/scripts/create', script)).body
  if (run) await fixture.work([tag], run)
  const enqueue = (jobs: readonly Partial<NewJob>[]) =>
    fixture.queue.enqueue(jobs.map((job) => ({ ...noop(place, tag), ...job })))
  return { place, get, post, hash, tag, enqueue, script }
}

function noop(
  { workspace, username, email }: { workspace: string; username: string; email: string },
  tag: string,
): NewJob {
  return { workspaceId: workspace, kind: 'noop', tag, createdBy: username, email, permissionedAs: `u/${username}` }
}

/** A run that ends when it is told to. */
const obedient: Run = async (_job, { signal }) => {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return { status: 'failure', resultJson: null }
}

describe('why a job waits', () => {
  test('is said of one job, in its reply and in lists; of others it is 404, of ended ones 400', async () => {
    const { get, post, enqueue, tag } = await setup()
    const [id = ''] = await enqueue([{}])
    const expected = { cause: 'no_worker', tag, served_tags: [] }
    expect((await get(`/jobs/why_waiting/${id}`)).json()).toEqual(expected)
    expect((await get(`/jobs_u/get/${id}`)).json().waiting_for).toEqual(expected)
    for (const list of ['/jobs/list', '/jobs/queue/list'])
      expect((await get(list)).json().map((job: { waiting_for: unknown }) => job.waiting_for)).toEqual([expected])
    expect((await get(`/jobs/why_waiting/${newId()}`)).statusCode).toBe(404)
    await post(`/jobs_u/queue/cancel/${id}`)
    expect((await get(`/jobs/why_waiting/${id}`)).json().code).toBe('job.not_pending')
    expect((await get('/jobs/list')).json()[0]).not.toHaveProperty('waiting_for')
  })
})

describe('cancel', () => {
  test('a selection: a thousand at once, other workspaces and unknown ids are untouched', async () => {
    const mine = await setup()
    const theirs = await setup()
    const ids = await mine.enqueue(Array.from({ length: 1000 }, () => ({})))
    const [foreign = ''] = await theirs.enqueue([{}])
    const reply = await mine.post('/jobs/queue/cancel_selection', [...ids, foreign, newId()])
    expect(sorted(reply.json())).toEqual(sorted(ids))
    expect((await theirs.get('/jobs/queue/count')).json().database_length).toBe(1)
    expect((await mine.post('/jobs/queue/cancel_selection', ids)).json()).toEqual([])
    expect((await mine.post('/jobs/queue/cancel_selection?all_workspaces=true', [foreign])).statusCode).toBe(403)
    const asAdmin = { method: 'POST', token: SECRET, body: [foreign] } as const
    expect((await fixture.call('/w/admins/jobs/queue/cancel_selection?all_workspaces=true', asAdmin)).json()).toEqual([
      foreign,
    ])
  })

  test('a tree: children of a parent that waits, and a running child below a finished parent', async () => {
    const { post, get, enqueue, tag } = await setup()
    const [parent = ''] = await enqueue([{ tag: 'nobody' }])
    const [child = ''] = await enqueue([{ tag: 'nobody', parentJob: parent }])
    const [grandchild = ''] = await enqueue([{ tag: 'nobody', parentJob: child }])
    const ended = (await post('/jobs/queue/cancel_selection', [parent])).json()
    expect(sorted(ended)).toEqual(sorted([parent, child, grandchild]))

    const begun = Promise.withResolvers<void>()
    await fixture.work([tag], async (job, context) => {
      if (job.kind === 'noop') return { status: 'success', resultJson: null }
      begun.resolve()
      return await obedient(job, context)
    })
    const [root = ''] = await enqueue([{ tag: 'nobody' }])
    const [middle = ''] = await enqueue([{ parentJob: root, awaited: true }])
    await waitForEnd(middle)
    const [leaf = ''] = await enqueue([{ kind: 'identity', parentJob: middle }])
    await begun.promise
    const hit = (await post('/jobs/queue/cancel_selection', [root])).json()
    expect(sorted(hit)).toEqual(sorted([root, leaf]))
    await waitForEnd(leaf)
    expect((await get(`/jobs_u/completed/get/${leaf}`)).json()).toMatchObject({ canceled: true })
    expect((await get(`/jobs_u/completed/get/${middle}`)).json()).toMatchObject({ canceled: false, success: true })
  })

  test('a running job tells how far its cancel has come, and force ends it at once', async () => {
    const begun = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    const { post, get, enqueue, place } = await setup(async () => {
      begun.resolve()
      await over.promise
      return { status: 'failure', resultJson: null }
    })
    const [id = ''] = await enqueue([{}])
    await begun.promise
    expect((await post('/jobs/queue/cancel_selection', [id])).json()).toEqual([id])
    const job = (await get(`/jobs_u/get/${id}`)).json()
    expect(job).toMatchObject({
      canceled: true,
      canceled_by: place.username,
      cancel: { state: 'asked' },
      waiting_for: { cause: 'cancel_asked', by: place.username },
    })
    expect((await post('/jobs/queue/cancel_selection?force_cancel=true', [id])).json()).toEqual([id])
    expect((await get(`/jobs_u/completed/get/${id}`)).json()).toMatchObject({ canceled: true })
    over.resolve()
  })

  test('all unfinished jobs of a path', async () => {
    const { post, get, enqueue } = await setup()
    await enqueue([{ scriptPath: 'f/x/a' }, { scriptPath: 'f/x/a' }, { scriptPath: 'f/x/b' }])
    expect((await post('/jobs_u/queue/cancel_persistent/f/x/a', { reason: 'enough' })).body).toBe(
      'canceled 2 jobs of f/x/a',
    )
    expect((await get('/jobs/queue/list')).json()).toMatchObject([{ script_path: 'f/x/b' }])
    expect((await get('/jobs/completed/list')).json()).toMatchObject([
      { canceled_reason: 'enough' },
      { canceled_reason: 'enough' },
    ])
  })
})

describe('the line', () => {
  test('a job that is due later is made due now, and only such a one', async () => {
    const { post, get, enqueue } = await setup()
    const dueAt = new Date(Date.now() + 3_600_000)
    const [later = '', ready = ''] = await enqueue([{ dueAt }, {}])
    expect((await get(`/jobs/queue/scheduled_for/${later}`)).json()).toBe(dueAt.getTime())
    expect((await post(`/jobs/queue/run_now/${later}`)).body).toBe(later)
    expect((await get(`/jobs/queue/scheduled_for/${later}`)).json()).toBeLessThan(dueAt.getTime() - 3_000_000)
    expect((await post(`/jobs/queue/run_now/${ready}`)).json().code).toBe('job.not_scheduled')
    expect((await post(`/jobs/queue/run_now/${newId()}`)).json().code).toBe('job.not_found')
    await post('/jobs/queue/cancel_selection', [ready])
    expect((await post(`/jobs/queue/run_now/${ready}`)).json().code).toBe('job.not_pending')
  })

  test('positions and start times', async () => {
    const { post, get, enqueue } = await setup(echo)
    const [done = ''] = await enqueue([{ awaited: true }])
    await waitForEnd(done)
    const [waits = ''] = await enqueue([{ tag: 'nobody' }])
    const times = (await post('/jobs_u/queue/get_started_at_by_ids', [waits, done, newId()])).json()
    expect(times).toEqual([null, (await get(`/jobs_u/get/${done}`)).json().started_at, null])
    expect((await get(`/jobs/queue/position/${Date.now() + 60_000}`)).json()).toEqual({ position: 2 })
    expect((await get('/jobs/queue/position/0')).json()).toEqual({ position: 1 })
    expect((await get('/jobs/queue/position/soon')).statusCode).toBe(400)
  })
})

describe('rerun', () => {
  test('finished jobs run again with their arguments; lines come in order, with what is wrong', async () => {
    const { post, get, hash, script } = await setup(echo)
    const old = (await post('/jobs/run/p/f/x/hello', { a: 1, b: 2 })).body
    const preview = (
      await post('/jobs/run/preview', { content: 'x', language: 'bash', tag: script.tag, args: { p: 1 } })
    ).body
    const waits = (await post('/jobs/run/p/f/x/hello?tag=nobody', {})).body
    for (const id of [old, preview]) await waitForEnd(id)
    const newest = (await post('/scripts/create', { ...script, content: 'other="$1"\n', parent_hash: hash })).body
    const rerun = async (more: object, ids = [old]) =>
      (
        await post('/jobs/run/batch_rerun_jobs', {
          job_ids: ids,
          script_options_by_path: {},
          flow_options_by_path: {},
          ...more,
        })
      ).body
        .trimEnd()
        .split('\n')
    const [again = '', strange, unfinished, copy = ''] = await rerun({}, [old, newId(), waits, preview])
    expect((await get(`/jobs_u/get/${again}`)).json()).toMatchObject({ script_hash: hash, args: { a: 1, b: 2 } })
    expect((await get(`/jobs_u/get/${copy}`)).json()).toMatchObject({
      job_kind: 'preview',
      raw_code: 'x',
      args: { p: 1 },
    })
    expect([strange, unfinished]).toEqual([
      expect.stringMatching(/^Error: there is no finished job/),
      expect.stringMatching(/^Error: /),
    ])
    const options = { use_latest_version: true, input_transforms: { b: { type: 'static', value: [3] } } }
    const [latest = ''] = await rerun({ script_options_by_path: { 'f/x/hello': options } })
    expect((await get(`/jobs_u/get/${latest}`)).json()).toMatchObject({ script_hash: newest, args: { a: 1, b: [3] } })
    const computed = { input_transforms: { b: { type: 'javascript', expr: '1' } } }
    expect(await rerun({ script_options_by_path: { 'f/x/hello': computed } })).toEqual([
      expect.stringMatching(/only "static"/),
    ])
  })

  test('a job whose arguments were erased says so, and is not run again without them', async () => {
    const { post, get } = await setup(echo)
    const id = (await post('/jobs/run/p/f/x/hello', { a: 1 })).body
    await waitForEnd(id)
    const shown = async () => [(await get(`/jobs_u/get/${id}`)).json(), (await get('/jobs/completed/list')).json()[0]]
    expect(await shown()).toMatchObject([{ deleted: false }, { deleted: false }])
    await fixture.db.pool.query('update job set args = null where id = $1', [id])
    await fixture.db.pool.query('update job_outcome set result = null where id = $1', [id])
    expect(await shown()).toMatchObject([{ deleted: true }, { deleted: true }])
    expect((await post('/jobs/run/batch_rerun_jobs', { job_ids: [id] })).body).toMatch(/^Error: .*deleted/)
  })

  test('operators rerun what is deployed and no code of their own', async () => {
    const { place, post } = await setup(echo)
    const preview = (await post('/jobs/run/preview', { content: 'x', language: 'bash', tag: place.workspace })).body
    await waitForEnd(preview)
    const operator = await fixture.addMember(place.workspace, { isAdmin: false, operator: true })
    const call = { method: 'POST', token: operator.token, body: { job_ids: [preview] } } as const
    expect((await fixture.call(`${place.root}/jobs/run/batch_rerun_jobs`, call)).body).toMatch(/^Error: .*Operators/)
  })
})

describe('concurrency groups', () => {
  test('keys are listed with what they hold, and pruned when no unfinished job has them', async () => {
    const { place, get, post, enqueue } = await setup()
    const key = `${place.workspace}/k`
    const options = { concurrency: { key, limit: 1 } }
    const ids = await enqueue([{ options }, { options }, {}])
    const asAdmin = (path: string, method: 'GET' | 'DELETE' = 'GET') =>
      fixture.call(`/concurrency_groups/${path}`, { method, token: SECRET })
    const groups: { concurrency_key: string }[] = (await asAdmin('list')).json()
    expect(groups.find((group) => group.concurrency_key === key)).toMatchObject({
      total_running: 1,
      limit: 1,
      waiting: 1,
    })
    const keyOf = async (id: string, token = place.token) =>
      await fixture.call(`/concurrency_groups/${id}/key`, { token })
    expect((await keyOf(ids[0] ?? '')).json()).toBe(key)
    expect((await keyOf(ids[2] ?? '')).json()).toBe(null)
    expect((await keyOf(ids[0] ?? '', (await fixture.makeWorkspace()).token)).statusCode).toBe(404)
    const listed = (await get(`/concurrency_groups/list_jobs?concurrency_key=${encodeURIComponent(key)}`)).json()
    expect(listed.jobs.map((job: { id: string }) => job.id)).toEqual([ids[1], ids[0]])
    expect((await get('/concurrency_groups/list_jobs')).json().jobs).toHaveLength(2)
    expect((await asAdmin(`prune/${key}`, 'DELETE')).json().code).toBe('concurrency_group.in_use')
    await post('/jobs/queue/cancel_selection', [...ids])
    expect((await asAdmin(`prune/${key}`, 'DELETE')).statusCode).toBe(200)
    expect(
      (await asAdmin('list')).json().some((group: { concurrency_key: string }) => group.concurrency_key === key),
    ).toBe(false)
  })
})

function sorted(ids: readonly string[]): readonly string[] {
  return ids.toSorted((a, b) => (a < b ? -1 : 1))
}

async function waitForEnd(id: string): Promise<void> {
  const expectation = fixture.queue.expect(id)
  expect(await expectation.ended(10_000)).toBe(true)
  expectation.close()
}
