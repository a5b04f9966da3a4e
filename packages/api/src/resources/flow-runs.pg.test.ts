import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place, type StepCode } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place

beforeAll(async () => {
  fixture = await startApi()
  await fixture.workFlows(code)
})
beforeEach(async () => {
  ann = await fixture.makeWorkspace()
})
afterAll(() => fixture.stop())

const tries = new Map<string, number>()
const holds = new Map<unknown, Promise<void>>()
const code: Readonly<Record<string, StepCode>> = {
  add: ({ a, b }) => Number(a) + Number(b),
  event: () => ({ x: 100 }),
  fail: ({ message }) => {
    throw new Error(String(message))
  },
  async hold({ name }) {
    await holds.get(name)
    return 'let go'
  },
  /** Fails once for each key. */
  shaky: ({ key }) => {
    const count = (tries.get(String(key)) ?? 0) + 1
    tries.set(String(key), count)
    if (count === 1) throw new Error('once')
    return count
  },
}

const step = (id: string, content: string, inputs: Readonly<Record<string, unknown>> = {}, more: object = {}) => ({
  id,
  value: {
    type: 'rawscript',
    language: 'bash',
    content,
    input_transforms: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        name,
        typeof value === 'string' && value.startsWith('=')
          ? { type: 'javascript', expr: value.slice(1) }
          : { type: 'static', value },
      ]),
    ),
  },
  ...more,
})

const get = (path: string) => fixture.call(`${ann.root}/${path}`, { token: ann.token })
const post = (path: string, body: object = {}) =>
  fixture.call(`${ann.root}/${path}`, { method: 'POST', token: ann.token, body })

async function deploy(path: string, value: object, more: object = {}) {
  const reply = await post('flows/create', { path, value, ...more })
  expect([reply.statusCode, reply.body]).toEqual([201, path])
}

/** Runs a document to its end; the whole job. */
async function preview(value: object, args: object = {}) {
  const id = newId()
  const reply = await post(`jobs/run_wait_result/preview_flow?job_id=${id}&always_200=true`, { value, args })
  expect(reply.statusCode).toBe(200)
  return (await get(`jobs_u/get/${id}`)).json()
}

const sum = { modules: [step('a', 'add', { a: '=flow_input.x', b: 1 }), step('b', 'add', { a: '=results.a', b: 10 })] }

describe('a deployed flow', () => {
  test('runs by path and by version, at once, waited for, and as a stream', async () => {
    await deploy('f/x/sum', sum, { summary: 'sums' })
    const { version_id: version } = (await get('flows/get/f/x/sum')).json()
    const payload = Buffer.from('{"x":3}').toString('base64')
    expect((await post('jobs/run_wait_result/f/f/x/sum', { x: 1 })).json()).toBe(12)
    expect((await get(`jobs/run_wait_result/f/f/x/sum?payload=${payload}`)).json()).toBe(14)
    expect((await post(`jobs/run_wait_result/fv/${version}`, { x: 2 })).json()).toBe(13)
    const stream = await post('jobs/run_and_stream/f/f/x/sum', { x: 4 })
    expect(stream.body).toContain('"only_result":15')
    const queued = await post('jobs/run/f/f/x/sum', { x: 5 })
    expect((await get(`jobs_u/get/${queued.body}`)).json().flow_version).toBe(version)
    expect([queued.statusCode, queued.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
    expect(queued.body).toMatch(/^[0-9a-f-]{36}$/)
    const later = await post('jobs/run/f/f/x/sum?scheduled_in_secs=600&tag=night', { x: 6 })
    expect((await get(`jobs_u/get/${later.body}`)).json()).toMatchObject({
      type: 'QueuedJob',
      job_kind: 'flow',
      script_path: 'f/x/sum',
      tag: 'night',
      running: false,
      flow_status: { step: 0, modules: [{ type: 'WaitingForPriorSteps', id: 'a' }, { id: 'b' }] },
    })
  })

  test('has its preprocessor run for calls from outside, unless these skip it', async () => {
    const preprocessor = step('preprocessor', 'event', {})
    await deploy('f/x/pre', { ...sum, preprocessor_module: preprocessor })
    expect((await post('jobs/run_wait_result/f/f/x/pre', { x: 1 })).json()).toBe(111)
    expect((await post('jobs/run_wait_result/f/f/x/pre?skip_preprocessor=true', { x: 1 })).json()).toBe(12)
  })

  test('that is missing, archived or of another workspace is 404', async () => {
    await deploy('f/x/sum', sum)
    const { version_id: version } = (await get('flows/get/f/x/sum')).json()
    await post('flows/archive/f/x/sum', { archived: true })
    ann = await fixture.makeWorkspace()
    for (const path of ['f/f/x/sum', 'f/f/x/nothing', `fv/${version}`]) {
      const reply = await post(`jobs/run/${path}`)
      expect([path, reply.statusCode, reply.json().code]).toEqual([path, 404, 'flow.not_found'])
    }
  })

  test('runs the version that serves when it is called, whatever comes later', async () => {
    await deploy('f/x/sum', sum)
    const id = (await post('jobs/run/f/f/x/sum?scheduled_in_secs=600', { x: 1 })).body
    await post('flows/update/f/x/sum', { value: { modules: [] } })
    expect((await get(`jobs_u/get/${id}`)).json().raw_flow.modules).toHaveLength(2)
    await fixture.call(`${ann.root}/flows/delete/f/x/sum`, { method: 'DELETE', token: ann.token })
    expect((await get(`jobs_u/get/${id}`)).json().raw_flow.modules).toHaveLength(2)
  })
})

describe('what the document says of its runs', () => {
  const optionsOf = async (id: string) => {
    const { rows } = await fixture.db.pool.query<{ options: object; priority: number }>(
      'select options, priority from job where id = $1',
      [id],
    )
    return rows[0]
  }

  test('a flow that is a chat is deployed with a user_message, and run with a memory_id (F49)', async () => {
    const value = { ...sum, chat_input_enabled: true }
    const refused = await post('flows/create', { path: 'f/x/chat', value })
    expect([refused.statusCode, refused.json().code]).toEqual([400, 'flow.invalid'])
    expect(refused.json().message).toContain('user_message')
    await deploy('f/x/chat', value, { schema: { type: 'object', properties: { user_message: { type: 'string' } } } })
    const unnamed = await post('jobs/run/f/f/x/chat')
    expect([unnamed.statusCode, unnamed.json().code]).toEqual([400, 'request.invalid'])
    const { body: id } = await post(
      'jobs/run/f/f/x/chat?memory_id=0190f5aa-0000-7000-8000-000000000001&scheduled_in_secs=600',
      { user_message: 'hi' },
    )
    expect(await optionsOf(id)).toMatchObject({ options: { memoryId: '0190f5aa-0000-7000-8000-000000000001' } })
  })

  test('its limits, its cache and its priority are those of the job (F22, F46)', async () => {
    const limits = { concurrent_limit: 2, concurrency_time_window_s: 30, concurrency_key: 'k-$args[x]', priority: 9 }
    await deploy('f/x/limited', { ...sum, ...limits, cache_ttl: 60, delete_after_secs: 90 })
    const { body: id } = await post('jobs/run/f/f/x/limited?scheduled_in_secs=600', { x: 1 })
    expect(await optionsOf(id)).toEqual({
      priority: 9,
      options: {
        concurrency: { key: 'k-1', limit: 2, windowS: 30 },
        cacheTtlS: 60,
        deleteAfterS: 90,
        flowVersion: expect.any(Number),
      },
    })
  })

  test('calls that come soon after each other become one run, with what they gather (F46)', async () => {
    const debounce = {
      debounce_delay_s: 600,
      debounce_key: `k-${newId()}`,
      debounce_args_to_accumulate: ['items'],
      max_total_debouncing_time: 3600,
      max_total_debounces_amount: 2,
    }
    await deploy('f/x/debounced', { modules: [step('a', 'event')], ...debounce })
    const { body: first } = await post('jobs/run/f/f/x/debounced', { items: [1] })
    expect((await post('jobs/run_wait_result/f/f/x/debounced', { items: [2] })).json()).toEqual({ x: 100 })
    expect((await get(`jobs_u/get/${first}`)).json()).toMatchObject({ type: 'CompletedJob', is_skipped: true })
    const [last] = (await get('jobs/list?script_path_exact=f/x/debounced&success=true')).json()
    expect((await get(`jobs_u/get/${last.id}`)).json().args).toEqual({ items: [1, 2] })
  })
})

describe('the view of a run', () => {
  test('tells its steps with their jobs, and its parts are told apart in lists', async () => {
    const job = await preview(sum, { x: 1 })
    expect(job).toMatchObject({ type: 'CompletedJob', job_kind: 'flowpreview', success: true, result: 12 })
    expect(job.raw_flow.modules).toHaveLength(2)
    const { step: at, modules } = job.flow_status
    expect([at, modules.map((module: { type: string }) => module.type)]).toEqual([2, ['Success', 'Success']])
    const part = (await get(`jobs_u/get/${modules[1].job}`)).json()
    expect(part).toMatchObject({ parent_job: job.id, job_kind: 'flowscript', is_flow_step: true, flow_step_id: 'b' })
    const ids = async (query: string) => (await get(`jobs/list?${query}`)).json().map((each: { id: string }) => each.id)
    expect(await ids('has_null_parent=true')).toEqual([job.id])
    expect(await ids('is_flow_step=false')).toEqual([job.id])
    expect(await ids('is_flow_step=true')).toEqual([modules[1].job, modules[0].job])
    expect(await ids('job_kinds=flow,flowpreview')).toEqual([job.id])
    expect((await get(`jobs/result_by_id/${job.id}/a`)).json()).toBe(2)
    expect((await get(`jobs_u/get_root_job_id/${modules[0].job}`)).json()).toBe(job.id)
  })

  test('tells iterations, branches, what was skipped and what was tried again', async () => {
    const key = newId()
    const job = await preview(
      {
        modules: [
          { ...step('s', 'shaky', { key }), retry: { constant: { attempts: 2, seconds: 0 } } },
          {
            id: 'l',
            value: {
              type: 'forloopflow',
              iterator: { type: 'static', value: [1, 2, 3] },
              skip_failures: true,
              modules: [step('i', 'add', { a: '=flow_input.iter.value', b: 1 })],
            },
          },
          {
            id: 'o',
            value: {
              type: 'branchone',
              branches: [
                { expr: 'false', modules: [] },
                { expr: 'true', modules: [step('p', 'add', { a: 1, b: 1 })] },
              ],
              default: [],
            },
          },
          { ...step('k', 'add'), skip_if: { expr: 'true' } },
        ],
      },
      {},
    )
    const [s, l, o, k] = job.flow_status.modules
    expect(s).toMatchObject({ type: 'Success', failed_retries: [expect.any(String)] })
    expect(s.failed_retries).not.toContain(s.job)
    expect(l).toMatchObject({ type: 'Success', iterator: { itered_len: 3 }, flow_jobs_success: [true, true, true] })
    expect(l.flow_jobs).toHaveLength(3)
    expect(o).toMatchObject({ type: 'Success', branch_chosen: { type: 'branch', branch: 1 } })
    expect(k).toMatchObject({ type: 'Success', skipped: true })
    const branch = (await get(`jobs_u/get/${o.job}`)).json()
    expect(branch).toMatchObject({ job_kind: 'flownode', flow_status: { modules: [{ id: 'p', type: 'Success' }] } })
  })

  test('tells which step failed, and what its failure module gave', async () => {
    const job = await preview({
      modules: [step('a', 'add', { a: 1, b: 1 }), step('b', 'fail', { message: 'no' }), step('c', 'add')],
      failure_module: step('failure', 'add', { a: 40, b: 2 }),
    })
    expect(job).toMatchObject({ success: false, result: 42 })
    const { modules, failure_module: failure } = job.flow_status
    expect(modules.map((module: { type: string }) => module.type)).toEqual([
      'Success',
      'Failure',
      'WaitingForPriorSteps',
    ])
    expect(failure).toMatchObject({ type: 'Success', parent_module: 'b', job: expect.any(String) })
  })
})

test('who waits is answered early where the flow says so, and it goes on', async () => {
  const held = Promise.withResolvers<void>()
  holds.set('early', held.promise)
  const id = newId()
  const value = { modules: [step('a', 'add', { a: 1, b: 1 }), step('b', 'hold', { name: 'early' })], early_return: 'a' }
  const reply = await post(`jobs/run_wait_result/preview_flow?job_id=${id}`, { value })
  expect([reply.statusCode, reply.json()]).toEqual([200, 2])
  expect((await get(`jobs_u/get/${id}`)).json()).toMatchObject({ type: 'QueuedJob', running: true })
  held.resolve()
  await get(`jobs_u/getupdate_sse/${id}`)
  expect((await get(`jobs_u/completed/get_result/${id}`)).json()).toBe('let go')
})

test('a bad document is refused before it runs', async () => {
  const reply = await post('jobs/run/preview_flow', { value: { modules: [{ id: 'a', value: { type: 'teleport' } }] } })
  expect([reply.statusCode, reply.json().code]).toEqual([400, 'flow.invalid'])
})

test('the tree of a run: logs under names, results by address', async () => {
  const loop = {
    id: 'l',
    value: {
      type: 'forloopflow',
      iterator: { type: 'static', value: [5, 6] },
      skip_failures: false,
      modules: [step('i', 'add', { a: '=flow_input.iter.value', b: 1 }), step('j', 'add', { a: '=results.i', b: 1 })],
    },
  }
  const { id } = await preview({ modules: [loop] })
  const all = (await get(`jobs_u/get_flow_all_results/${id}`)).json()
  expect(
    all.entries.map((entry: { label: string; result_prefix: string }) => [entry.label, entry.result_prefix]),
  ).toEqual([
    ['flowpreview', '[7,8]'],
    ['l (1 of 2)', '7'],
    ['l/i', '6'],
    ['l/j', '7'],
    ['l (2 of 2)', '8'],
    ['l/i', '7'],
    ['l/j', '8'],
  ])
  const address = async (text: string) =>
    (await get(`jobs_u/get_flow_all_results/${id}?step=${encodeURIComponent(text)}`)).json()
  expect((await address('l[2]/i')).entries).toMatchObject([{ result_prefix: '7', step_path: 'l/i', success: true }])
  expect((await address('l')).step_error).toContain('has 2 jobs')
  expect((await address('x')).step_error).toContain('no job of a step "x"')
  const logs = await get(`jobs_u/get_flow_all_logs/${id}`)
  expect(logs.body.match(/^--- .* ---$/gm)).toHaveLength(7)
  expect((await get(`jobs_u/get_flow_all_logs_structured/${id}`)).json()[3]).toMatchObject({
    step_path: 'l/j',
    depth: 2,
  })
  expect(Object.keys((await get(`jobs_u/get_flow_debug_info/${id}`)).json())).toHaveLength(2)
})

test('values are kept for the scripts of a run, by key', async () => {
  const { id } = await preview(sum, { x: 1 })
  expect((await get(`jobs/flow/user_states/${id}/cursor`)).json()).toBeNull()
  await post(`jobs/flow/user_states/${id}/cursor`, { at: [1] })
  expect((await get(`jobs/flow/user_states/${id}/cursor`)).json()).toEqual({ at: [1] })
  expect((await get(`jobs_u/get/${id}`)).json().flow_status.user_states).toEqual({ cursor: { at: [1] } })
  const stranger = await fixture.makeWorkspace()
  const other = await fixture.call(`${stranger.root}/jobs/flow/user_states/${id}/cursor`, { token: stranger.token })
  expect([other.statusCode, other.json().code]).toEqual([404, 'job.not_found'])
})

describe('a restart', () => {
  test('goes on at a step with what the steps before gave, which do not run again', async () => {
    const key = newId()
    await deploy('f/x/shaky', {
      modules: [
        step('a', 'add', { a: '=flow_input.x', b: 1 }),
        step('s', 'shaky', { key }),
        step('z', 'add', { a: '=results.a', b: '=results.s' }),
      ],
    })
    const id = newId()
    const failed = await post(`jobs/run_wait_result/f/f/x/shaky?job_id=${id}`, { x: 1 })
    expect(failed.json()).toMatchObject({ error: { message: 'once', step_id: 's' } })
    const again = await post(`jobs/restart/f/${id}`, { step_id: 's' })
    expect(again.statusCode).toBe(201)
    await get(`jobs_u/getupdate_sse/${again.body}`)
    const job = (await get(`jobs_u/get/${again.body}`)).json()
    expect(job).toMatchObject({ success: true, result: 4, args: { x: 1 }, script_path: 'f/x/shaky' })
    const children = (await get(`jobs/list?parent_job=${again.body}`)).json()
    expect(children.map((child: { flow_step_id: string }) => child.flow_step_id)).toEqual(['z', 's'])
  })

  test('of an edited document takes over the results too', async () => {
    const { id } = await preview({ modules: [step('a', 'add', { a: 1, b: 1 }), step('b', 'fail', { message: 'no' })] })
    const value = { modules: [step('a', 'fail', { message: 'never' }), step('b', 'add', { a: '=results.a', b: 40 })] }
    const again = await post('jobs/run/preview_flow', { value, restarted_from: { flow_job_id: id, step_id: 'b' } })
    await get(`jobs_u/getupdate_sse/${again.body}`)
    expect((await get(`jobs_u/completed/get_result/${again.body}`)).json()).toBe(42)
  })

  test('is refused where the run was not, of a run that goes on, and of what is no run', async () => {
    const ended = await preview({ modules: [step('a', 'fail', { message: 'no' }), step('b', 'add')] })
    const codeOf = async (id: string, body: object) => {
      const reply = await post(`jobs/restart/f/${id}`, body)
      return [reply.statusCode, reply.json().code]
    }
    expect(await codeOf(ended.id, { step_id: 'x' })).toEqual([404, 'flow_run.step_not_found'])
    expect(await codeOf(ended.id, { step_id: 'b' })).toEqual([404, 'flow_run.step_not_found'])
    expect(await codeOf(ended.id, { step_id: 'a', branch_or_iteration_n: 3 })).toEqual([404, 'flow_run.step_not_found'])
    expect(await codeOf(ended.flow_status.modules[0].job, { step_id: 'a' })).toEqual([404, 'flow_run.not_found'])
    expect(await codeOf(newId(), { step_id: 'a' })).toEqual([404, 'job.not_found'])
    const queued = await post('jobs/run/preview_flow?scheduled_in_secs=60', { value: { modules: [] } })
    await deploy('f/x/sum', sum)
    const later = await post('jobs/run/f/f/x/sum?scheduled_in_secs=600')
    expect(queued.statusCode).toBe(201)
    expect(await codeOf(later.body, { step_id: 'a' })).toEqual([409, 'flow_run.not_ended'])
  })
})

test('flows run in batches, and runs of them run again', async () => {
  await deploy('f/x/sum', sum)
  const ids = (await post('jobs/add_batch_jobs/2', { kind: 'flow', path: 'f/x/sum' })).json()
  expect(ids).toHaveLength(2)
  const id = newId()
  await post(`jobs/run_wait_result/f/f/x/sum?job_id=${id}`, { x: 7 })
  const lines = (await post('jobs/run/batch_rerun_jobs', { job_ids: [id] })).body.trim().split('\n')
  await get(`jobs_u/getupdate_sse/${lines[0]}`)
  expect((await get(`jobs_u/completed/get_result/${lines[0]}`)).json()).toBe(18)
})
