import { newId } from '@millrace/base/ids'
import type { ClaimedJob, NewJob, Outcome, RunContext } from '@millrace/queue'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SECRET, startApi, type ApiFixture, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
beforeAll(async () => {
  fixture = await startApi()
})
afterAll(() => fixture.stop())

type Row = Readonly<Record<string, unknown>> & { readonly id: string }
type Run = (job: ClaimedJob, context: RunContext) => Outcome | Promise<Outcome>

const LATER = new Date(Date.now() + 86_400_000).toISOString()

/** A workspace with a script under this tag. */
async function setup(tag = `t-${newId()}`, options: object = {}) {
  const place = await fixture.makeWorkspace()
  const get = (path: string, token = place.token) => fixture.call(`${place.root}${path}`, { token })
  const post = (path: string, body?: object, token = place.token) =>
    fixture.call(`${place.root}${path}`, { method: 'POST', token, ...(body && { body }) })
  const script = { path: 'f/x/hello', content: 'name="$1"\n', language: 'bash', tag, ...options }
  const hash = (await post('/scripts/create', script)).body
  const exported = async (which: 'queue' | 'completed', query = ''): Promise<Row[]> =>
    (await get(`/jobs/${which}/export${query}`)).json()
  const enqueue = (jobs: readonly Partial<NewJob>[]) =>
    fixture.queue.enqueue(jobs.map((job) => ({ ...noop(place), tag, ...job })))
  return { place, get, post, tag, hash, exported, enqueue }
}

function noop({ workspace, username, email }: Place): NewJob {
  const who = { createdBy: username, email, permissionedAs: `u/${username}` }
  return { workspaceId: workspace, kind: 'noop', tag: 'nobody', ...who }
}

describe('jobs move to another workspace', () => {
  test('those that wait: forgotten here and imported there, they are the same and run once', async () => {
    const from = await setup()
    const to = await setup(from.tag)
    const run = (path: string, body: object) => from.post(`/jobs/run/${path}`, body)
    await run(`p/f/x/hello?scheduled_for=${LATER}&timeout=7`, { name: 'Ada', huge: 1e300 })
    await run('preview', { content: 'echo "$1"', language: 'bash', tag: from.tag, args: { x: [1] }, path: 'f/x/try' })
    const value = { modules: [{ id: 'a', value: { type: 'identity' } }] }
    await run('preview_flow', { value, args: { n: 1 }, tag: from.tag })
    await from.enqueue([{ priority: 40, triggerKind: 'schedule', triggerPath: 'f/x/nightly', visibleToOwner: false }])
    const jobs = await from.exported('queue')
    expect(jobs.map((job) => job['job_kind'])).toEqual(['script', 'preview', 'flowpreview', 'noop'])

    const ids = jobs.map((job) => job.id)
    expect((await from.post('/jobs/delete', ids)).body).toBe('Deleted 4 jobs.')
    expect([await from.exported('queue'), await from.exported('completed')]).toEqual([[], []])
    const reply = await to.post('/jobs/queue/import', jobs, SECRET)
    expect([reply.statusCode, reply.body]).toEqual([200, 'Imported 4 jobs.'])

    const arrived = await to.exported('queue')
    expect(arrived[0]).toMatchObject({ ...jobs[0], script_hash: to.hash, created_at: expect.any(String) })
    const dueNow = { created_at: expect.any(String), scheduled_for: expect.any(String) }
    expect(arrived.slice(1)).toEqual(jobs.slice(1).map((job) => ({ ...job, ...dueNow })))
    expect(arrived[0]?.['scheduled_for']).toBe(LATER)
    const ran: (readonly [string, unknown])[] = []
    const all = Promise.withResolvers<void>()
    await fixture.work([from.tag], (job) => {
      ran.push([job.id, JSON.parse(job.argsJson ?? 'null')])
      if (ran.length === 3) all.resolve()
      return { status: 'success', resultJson: null }
    })
    await all.promise
    expect(new Map(ran)).toEqual(
      new Map([
        [ids[1], { x: [1] }],
        [ids[2], { n: 1 }],
        [ids[3], null],
      ]),
    )
  })

  test('those that have ended: outcomes, results and logs come back as they were, and none runs', async () => {
    const from = await setup()
    const to = await setup(from.tag)
    const big = 'x'.repeat(100_000)
    const outcomes: Outcome[] = [
      { status: 'success', resultJson: JSON.stringify({ big, id: 1.5 }), memoryPeakBytes: 4096, cpuMs: 12 },
      { status: 'failure', resultJson: JSON.stringify({ error: { name: 'E', message: 'm\0' } }) },
    ]
    await fixture.work([from.tag], async (job, { log }) => {
      log.write(`of ${job.id}\n`)
      return outcomes[job.kind === 'identity' ? 1 : 0] ?? { status: 'failure', resultJson: null }
    })
    const ended = await from.enqueue([
      { args: { a: 1 }, awaited: true },
      { kind: 'identity', awaited: true },
    ])
    await Promise.all(ended.map(waitForEnd))
    const [canceled = ''] = await from.enqueue([{ tag: 'nobody' }])
    await from.post(`/jobs_u/queue/cancel/${canceled}`, { reason: 'enough' })
    const jobs = await from.exported('completed')
    expect(jobs).toMatchObject([
      {
        id: ended[0],
        status: 'success',
        result: { big },
        logs: `of ${ended[0]}\n`,
        mem_peak: 4,
        cpu_ms: 12,
        args: { a: 1 },
      },
      { id: ended[1], status: 'failure', result: { error: { name: 'E', message: 'm\0' } }, job_kind: 'identity' },
      { id: canceled, status: 'canceled', canceled_reason: 'enough', canceled_by: from.place.username },
    ])
    await from.post(
      '/jobs/delete',
      jobs.map((job) => job.id),
    )
    expect((await from.get(`/jobs_u/get/${canceled}`)).statusCode).toBe(404)

    expect((await to.post('/jobs/completed/import', jobs)).body).toBe('Imported 3 jobs.')
    expect(await to.exported('completed')).toEqual(jobs)
    const shown = (await to.get(`/jobs_u/completed/get/${ended[1]}`)).json()
    expect(shown).toMatchObject({ success: false, email: from.place.email, logs: `of ${ended[1]}\n` })
    expect((await to.get('/jobs/queue/count')).json().database_length).toBe(0)
    expect((await to.get('/jobs/completed/count')).json().database_length).toBe(3)
    expect(await told(jobs)).toBe(0)
  })

  test('a finished flow comes with its steps, and is shown below its root', async () => {
    const from = await setup()
    const to = await setup()
    await fixture.workFlows({})
    const value = { modules: [{ id: 'a', value: { type: 'rawscript', language: 'bash', content: 'x' } }] }
    const flow = (await from.post('/jobs/run/preview_flow', { value })).body
    await waitForEnd(flow)
    const jobs = await from.exported('completed')
    await from.post(
      '/jobs/delete',
      jobs.map((job) => job.id),
    )
    expect((await to.post('/jobs/completed/import', jobs)).body).toBe('Imported 2 jobs.')
    expect(await to.exported('completed')).toEqual(jobs)
    expect((await to.get(`/jobs_u/get/${flow}`)).json()).toMatchObject({ job_kind: 'flowpreview', success: true })
    const logs = (await to.get(`/jobs_u/get_flow_all_logs_structured/${flow}`)).json()
    expect(logs.map((each: { flow_step_id: string | null }) => each.flow_step_id)).toEqual([null, 'a'])
    for (const path of [`restart/f/${flow}`, `flow/fix/${flow}`]) {
      const { statusCode } = await to.post(`/jobs/${path}`, { step_id: 'a' })
      expect([path, statusCode >= 400 && statusCode < 500]).toEqual([path, true])
    }
  })
})

describe('an import', () => {
  test('passes over ids that are taken, wherever, and imports the others', async () => {
    const [here, other] = [await setup(), await setup()]
    const [mine = ''] = await here.enqueue([{ tag: 'nobody' }])
    const [theirs = ''] = await other.enqueue([{ tag: 'nobody' }])
    const [job] = await here.exported('queue')
    const ids = [mine, theirs, newId()]
    const reply = await here.post(
      '/jobs/queue/import',
      ids.map((id) => ({ ...job, id })),
    )
    expect(reply.body).toBe(`Imported 1 job. Passed over 2, whose ids are taken: ${mine}, ${theirs}.`)
    expect((await here.exported('queue')).map(({ id }) => id)).toEqual([mine, ids[2]])
    expect((await other.exported('queue')).map(({ id }) => id)).toEqual([theirs])
  })

  test('of an administrator makes jobs in the name of who imports, of a superadmin in the names that they had', async () => {
    const { enqueue, exported, post, place } = await setup()
    await enqueue([{ email: SECRET_OF_OTHERS, createdBy: 'root', permissionedAs: 'u/root' }])
    const [job] = await exported('queue')
    const [own, kept] = [newId(), newId()]
    await post('/jobs/queue/import', [{ ...job, id: own }])
    await post('/jobs/queue/import', [{ ...job, id: kept }], SECRET)
    const byId = new Map((await exported('queue')).map((row) => [row.id, row]))
    const mine = { email: place.email, created_by: place.username, permissioned_as: `u/${place.username}` }
    expect(byId.get(own)).toMatchObject(mine)
    expect(byId.get(kept)).toMatchObject({ email: SECRET_OF_OTHERS, created_by: 'root', permissioned_as: 'u/root' })
  })

  test('keeps the limits of the script that is here', async () => {
    const { post, get, exported, hash } = await setup(undefined, { concurrent_limit: 1 })
    await post(`/jobs/run/h/${hash}`, {})
    const [job] = await exported('queue')
    await post(
      '/jobs/queue/import',
      [newId(), newId()].map((id) => ({ ...job, id, scheduled_for: null })),
    )
    const causes = (await get('/jobs/queue/list')).json().map((each: { waiting_for: Row }) => each.waiting_for['cause'])
    expect(causes.toSorted()).toEqual(['concurrency_key', 'concurrency_key', 'no_worker'])
  })

  test('never puts a job below one of another workspace', async () => {
    const [here, other] = [await setup(), await setup()]
    const [parent = ''] = await other.enqueue([{ tag: 'nobody' }])
    await here.enqueue([{ tag: 'nobody' }])
    const [job] = await here.exported('queue')
    const [child, past] = [newId(), newId()]
    const links = { parent_job: parent, root_job: parent }
    await here.post('/jobs/queue/import', [{ ...job, id: child, ...links }])
    const ended = { ...job, id: past, ...links, completed_at: new Date().toISOString(), status: 'success' }
    expect((await here.post('/jobs/completed/import', [ended])).statusCode).toBe(200)
    for (const id of [child, past])
      expect((await here.get(`/jobs_u/get/${id}`)).json()).not.toHaveProperty('parent_job')
  })

  test.each([
    ['queue', { job_kind: 'dependencies' }, 'job.not_importable'],
    ['queue', { job_kind: 'preview' }, 'job.not_importable'],
    ['queue', { job_kind: 'preview', raw_code: 'x', language: 'cobol' }, 'script.unknown_language'],
    ['queue', { job_kind: 'script', script_path: 'f/x/none', script_hash: '0123456789abcdef' }, 'script.not_found'],
    ['queue', { job_kind: 'flow', script_path: 'f/x/none' }, 'flow.not_found'],
    ['queue', { job_kind: 'flowpreview', raw_flow: { modules: [{ id: 'a', value: { type: 'no' } }] } }, 'flow.invalid'],
    ['queue', { tag: 'other-workspace:f/x/hello' }, 'tag.restricted'],
    ['queue', { priority: 101 }, 'request.invalid'],
    ['queue', { permissioned_as: 'root' }, 'request.invalid'],
    ['completed', { status: 'running' }, 'request.invalid'],
    ['completed', { completed_at: '2100-01-01T00:00:00Z' }, 'request.invalid'],
    ['completed', { created_at: LATER }, 'request.invalid'],
    ['completed', { logs: 'a\0b' }, 'request.invalid'],
    ['completed', { created_by: '\ud800' }, 'request.invalid'],
  ])('to %s of a job with %j is refused, and its neighbour is not written', async (which, fault, code) => {
    const { post, exported, enqueue } = await setup()
    await enqueue([{ tag: 'nobody' }])
    const [waiting] = await exported('queue')
    const ended = { completed_at: new Date().toISOString(), status: 'success' }
    const good = { ...waiting, id: newId(), ...(which === 'completed' && ended) }
    const reply = await post(`/jobs/${which}/import`, [good, { ...good, id: newId(), ...fault }])
    expect([reply.statusCode < 500, reply.json().code]).toEqual([true, code])
    expect(await exported('queue')).toEqual([waiting])
    expect(await exported('completed')).toEqual([])
  })

  test('with an id twice is refused', async () => {
    const { post, exported, enqueue } = await setup()
    await enqueue([{ tag: 'nobody' }])
    const [job] = await exported('queue')
    const twice = { ...job, id: newId() }
    expect((await post('/jobs/queue/import', [twice, twice])).json().code).toBe('request.invalid')
  })
})

describe('an export', () => {
  test('goes on by page or by id although jobs end in between, and its pages are full', async () => {
    const { exported, enqueue, post } = await setup()
    const ids = await enqueue(Array.from({ length: 7 }, () => ({ tag: 'nobody' })))
    const idsOf = async (query: string) => (await exported('queue', query)).map((job) => job.id)
    expect(await idsOf('?per_page=3&page=1')).toEqual(ids.slice(0, 3))
    await post('/jobs/queue/cancel_selection', ids.slice(0, 2))
    expect(await idsOf('?per_page=3&page=2')).toEqual(ids.slice(3, 6))
    expect(await idsOf('?per_page=3&page=3')).toEqual(ids.slice(6))
    expect(await idsOf(`?per_page=2&after=${ids[4]}`)).toEqual(ids.slice(5))
    expect(await exported('completed', '?per_page=1&page=2')).toMatchObject([{ id: ids[1], status: 'canceled' }])
  })

  test('has what waits and has not begun, whole, and no steps of flows', async () => {
    const { exported, enqueue, tag } = await setup()
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const run: Run = async () => {
      begun.resolve()
      await end.promise
      return { status: 'success', resultJson: null }
    }
    await fixture.work([tag], run)
    const step = { module: 'a', index: 0, failures: 0 }
    await enqueue([{}])
    await begun.promise
    const [later] = await enqueue([{ dueAt: new Date(LATER) }, { tag: 'nobody', options: { step } }])
    expect((await exported('queue')).map((job) => job.id)).toEqual([later])
    end.resolve()
  })

  test('and import and deletion are for administrators', async () => {
    const { place } = await setup()
    const member = await fixture.addMember(place.workspace, { isAdmin: false })
    for (const which of ['queue', 'completed']) {
      const get = await fixture.call(`${place.root}/jobs/${which}/export`, member)
      const put = await fixture.call(`${place.root}/jobs/${which}/import`, { method: 'POST', ...member, body: [] })
      expect([get.statusCode, put.statusCode]).toEqual([403, 403])
    }
    const gone = await fixture.call(`${place.root}/jobs/delete`, { method: 'POST', ...member, body: [] })
    expect(gone.statusCode).toBe(403)
  })
})

describe('a deletion', () => {
  test('leaves what runs, what a run still needs, and jobs of others', async () => {
    const [here, other] = [await setup(), await setup()]
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    await fixture.work([here.tag], async (job) => {
      if (job.kind === 'identity') return { status: 'success', resultJson: '1' }
      begun.resolve()
      await end.promise
      return { status: 'success', resultJson: null }
    })
    const [running = ''] = await here.enqueue([{}])
    await begun.promise
    const [task = ''] = await here.enqueue([{ kind: 'identity', parentJob: running, awaited: true }])
    await waitForEnd(task)
    const [foreign = ''] = await other.enqueue([{ tag: 'nobody' }])
    const [waiting = ''] = await here.enqueue([{ tag: 'nobody' }])
    const options = { step: { module: 'a', index: 0, failures: 0 } }
    const [step = ''] = await here.enqueue([{ tag: 'nobody', parentJob: running, options }])
    const said = (await here.post('/jobs/delete', [running, task, foreign, waiting, step])).body
    expect(said).toBe('Deleted 1 job. 4 are not here, run, or belong to a run that goes on: cancel what runs first.')
    expect((await here.get(`/jobs_u/get/${step}`)).json()).toMatchObject({ type: 'QueuedJob', canceled: false })
    expect((await here.get(`/jobs_u/get/${running}`)).json()).toMatchObject({ running: true, canceled: false })
    expect((await here.get(`/jobs_u/completed/get_result/${task}`)).json()).toBe(1)
    expect((await other.exported('queue')).map((job) => job.id)).toEqual([foreign])
    end.resolve()
  })

  test('and imports are told by the audit, in the transaction of what they did', async () => {
    const { enqueue, exported, post, place } = await setup()
    await enqueue([{ tag: 'nobody' }])
    const [job] = await exported('queue')
    const id = newId()
    await post('/jobs/queue/import', [{ ...job, id }])
    await post('/jobs/queue/import', [{ ...job, id: newId(), job_kind: 'no' }])
    await post('/jobs/delete', [id])
    // It is gone, so that this deletes nothing.
    await post('/jobs/delete', [id])
    const { rows } = await fixture.db.pool.query(
      'select operation, username, email, parameters from audit where workspace_id = $1 order by id',
      [place.workspace],
    )
    const who = { username: place.username, email: place.email, parameters: { jobs: 1, ids: [id] } }
    expect(rows).toEqual([
      { operation: 'jobs.import_queued', ...who },
      { operation: 'jobs.delete', ...who },
    ])
    await expect(fixture.db.pool.query(`update audit set username = 'nobody'`)).rejects.toThrow('never changes')
  })
})

/** An address of somebody with more rights. */
const SECRET_OF_OTHERS = 'root@example.org'

/** Ends of the jobs of which handlers are to be told. */
async function told(jobs: readonly Row[]): Promise<number | null> {
  const ids = jobs.map((job) => job.id)
  return (await fixture.db.pool.query('select from job_end where job_id = any ($1::uuid[])', [ids])).rowCount
}

async function waitForEnd(id: string): Promise<void> {
  const expectation = fixture.queue.expect(id)
  expect(await expectation.ended(10_000)).toBe(true)
  expectation.close()
}
