import { setImmediate } from 'node:timers/promises'
import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startApi, type ApiFixture, type Call, type Place } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place
let hold = Promise.resolve()

beforeAll(async () => {
  fixture = await startApi({ BASE_URL: 'https://millrace.example.org/' })
  await fixture.workFlows({
    ask: () => ({ description: 'Ship it?', default_args: { n: 1 } }),
    echo: (args) => args,
    hold: () => hold,
  })
})
beforeEach(async () => {
  hold = Promise.resolve()
  ann = await fixture.makeWorkspace()
})
afterAll(() => fixture.stop())

const code = (id: string, content: string, inputs: object = {}) => ({
  id,
  value: { type: 'rawscript', language: 'bash', content, input_transforms: inputs },
})
const js = (expr: string) => ({ type: 'javascript', expr })

/** A flow that asks once, or as the options say, and gives what was answered. */
const asking = (suspend: object = {}) => ({
  modules: [
    { ...code('a', 'ask'), summary: 'Ask', suspend: { required_events: 1, timeout: 600, ...suspend } },
    code('b', 'echo', { payload: js('resume'), all: js('resumes'), by: js('approvers') }),
  ],
})

async function call(path: string, { as = ann, ...more }: Call & { as?: Place | undefined } = {}) {
  return await fixture.call(`${ann.root}/${path}`, { ...(as && { token: as.token }), ...more })
}
const nobody = { as: undefined, token: '' }

/** Starts a run and waits until its first step has asked; the run and the job of the step. */
async function start(value: object, as = ann) {
  const reply = await call('jobs/run/preview_flow', { method: 'POST', as, body: { value } })
  expect(reply.statusCode).toBe(201)
  const flow = reply.body
  for (;;) {
    const job = (await call(`jobs_u/get/${flow}`)).json()
    const [asked, next] = job.flow_status.modules
    if (next?.type === 'WaitingForEvents') return { flow, step: String(asked.job), job }
    await call(`jobs_u/getupdate/${flow}?running=true`)
  }
}

async function urlsOf(job: string, query = '', id = 7) {
  const reply = await call(`jobs/resume_urls/${job}/${id}?${query}`)
  expect(reply.statusCode).toBe(200)
  return reply.json()
}
/** The path of an address, below the workspace. */
const inside = (url: string) => url.slice(url.indexOf('/jobs_u/') + 1)

async function resultOf(flow: string) {
  await call(`jobs_u/getupdate_sse/${flow}`)
  return (await call(`jobs_u/completed/get_result/${flow}`)).json()
}

async function refusal(path: string, options: Parameters<typeof call>[1] = {}) {
  const reply = await call(path, options)
  return [reply.statusCode, reply.json().code]
}

test('a run that waits says so, and an address lets it go on with what was answered', async () => {
  const { flow, step, job } = await start(asking())
  expect(job).toMatchObject({ running: false, suspend: 1, flow_status: { step: 1 } })
  const cause = { cause: 'suspended', on: 'event', awaits: { step: 'a', job: flow, missing: 1, members_only: false } }
  expect(job.waiting_for).toMatchObject(cause)
  expect((await call(`jobs/why_waiting/${flow}`)).json()).toEqual(job.waiting_for)
  expect(job.flow_status.modules[1]).toMatchObject({ type: 'WaitingForEvents', count: 1, job: step })
  const urls = await urlsOf(step, 'approver=bob')
  expect(urls.approvalPage).toMatch(`https://millrace.example.org/approve/${ann.workspace}/${step}/7/`)
  expect(urls.resume).toMatch(`https://millrace.example.org/api/w/${ann.workspace}/jobs_u/resume/${step}/7/`)
  const reply = await call(inside(urls.resume), { ...nobody, method: 'POST', body: { ok: true } })
  expect([reply.statusCode, reply.headers['content-type']]).toEqual([201, 'text/plain; charset=utf-8'])
  expect(await resultOf(flow)).toEqual({ payload: { ok: true }, all: [{ ok: true }], by: ['bob'] })
  const ended = (await call(`jobs_u/get/${flow}`)).json()
  expect(ended.flow_status.modules[0]).toMatchObject({ approvers: [{ resume_id: 7, approver: 'bob' }] })
})

test('what the queue and what the flow says of a run is what was stored together', async () => {
  const held = Promise.withResolvers<void>()
  hold = held.promise
  const value = { modules: [{ ...code('a', 'hold'), suspend: { required_events: 1 } }] }
  const flow = (await call('jobs/run/preview_flow', { method: 'POST', body: { value } })).body
  const isSo = async (sql: string, ...values: string[]) => (await fixture.db.pool.query(sql, values)).rows.length > 0
  const stepRuns = `select from job j join job_queue q on q.id = j.id where j.parent_job = $1 and q.state = 'running'`
  while (!(await isSo(stepRuns, flow))) await call(`jobs_u/getupdate/${flow}?running=true`)

  // These are read after the job and the flow, which goes on meanwhile, and before what it waits for.
  const between = await fixture.db.pool.connect()
  onTestFinished(() => between.release(true))
  await between.query('begin; lock table flow_user_state in access exclusive mode')
  const read = call(`jobs_u/get/${flow}`)
  const isHeld = `select from pg_locks where relation = 'flow_user_state'::regclass and not granted`
  while (!(await isSo(isHeld))) await setImmediate()
  held.resolve()
  const isAsking = `select from flow_run where id = $1 and state #>> '{current,phase}' = 'awaiting'`
  while (!(await isSo(isAsking, flow))) await setImmediate()
  await between.query('rollback')

  const job = (await read).json()
  expect(job).toMatchObject({ running: true, waiting_for: { cause: 'suspended', on: 'children', children: 1 } })
  expect(job.flow_status.modules[0]).toMatchObject({ id: 'a', type: 'InProgress' })
  const later = (await call(`jobs_u/get/${flow}`)).json()
  expect(later).toMatchObject({ running: false, suspend: 1, waiting_for: { on: 'event' } })
})

test('a run waits for people where a branch of it does, unless something else of it runs', async () => {
  const held = Promise.withResolvers<void>()
  hold = held.promise
  const branch = (...modules: object[]) => ({ modules })
  const value = {
    modules: [
      {
        id: 'p',
        value: {
          type: 'branchall',
          parallel: true,
          branches: [
            branch({ ...code('a', 'ask'), suspend: { required_events: 2, self_approval_disabled: true } }),
            branch(code('h', 'hold')),
          ],
        },
      },
    ],
  }
  const flow = (await call('jobs/run/preview_flow', { method: 'POST', body: { value } })).body
  const causeOf = async () => (await call(`jobs/why_waiting/${flow}`)).json()
  const isAsking = async () =>
    (await call(`jobs_u/get_flow_all_results/${flow}?step=${encodeURIComponent('p[1]/a')}`)).json().entries[0]
      ?.status === 'success'
  while (!(await isAsking())) await call(`jobs_u/getupdate/${flow}?running=true`)
  expect(await causeOf()).toEqual({ cause: 'suspended', on: 'children', children: 2 })
  expect((await call(`jobs_u/get/${flow}`)).json().running).toBe(true)
  held.resolve()
  while ((await causeOf()).on === 'children') await call(`jobs_u/getupdate/${flow}`)
  const awaits = { step: 'a', missing: 2, members_only: true, not_by: ann.username }
  expect(await causeOf()).toMatchObject({ cause: 'suspended', on: 'event', awaits })
  expect((await call(`jobs/list?has_null_parent=true`)).json()[0]).toMatchObject({
    id: flow,
    running: false,
    suspend: 2,
  })
})

describe('a run waits for people where a flow does that it calls', () => {
  const calls = (path: string, id = 's') => ({ id, value: { type: 'flow', path, input_transforms: {} } })
  const causeOf = async (id: string) => (await call(`jobs/why_waiting/${id}`)).json()
  const cause = { cause: 'suspended', on: 'event', awaits: { step: 'a', missing: 1 } }

  /** Starts a run of these modules, which call flows that ask, and waits until it is asked; all runs of flows, the outermost one first. */
  async function ask(...modules: object[]) {
    for (const [path, value] of Object.entries({
      'f/tests/asks': { modules: [...asking().modules, code('h', 'hold')] },
      'f/tests/calls': { modules: [calls('f/tests/asks')] },
    })) {
      const body = { path, summary: '', value }
      expect((await call('flows/create', { method: 'POST', body })).statusCode).toBe(201)
    }
    const reply = await call('jobs/run/preview_flow', { method: 'POST', body: { value: { modules } } })
    expect(reply.statusCode).toBe(201)
    await untilAsked(reply.body)
    const below = (await call('jobs/list?job_kinds=flow&has_null_parent=false&order_desc=false')).json()
    return [reply.body, ...below.map(({ id }: { id: string }) => id)]
  }

  async function untilAsked(id: string) {
    while ((await causeOf(id)).on !== 'event') await call(`jobs_u/getupdate/${id}?running=true`)
  }

  async function answer(id: string) {
    expect((await call(`jobs/flow/resume/${id}`, { method: 'POST', body: {} })).statusCode).toBe(201)
  }

  test('however deep, until all is answered; then all of them run, and end', async () => {
    const held = Promise.withResolvers<void>()
    hold = held.promise
    const [top = '', middle = '', asks = ''] = await ask(calls('f/tests/calls'))
    expect(await causeOf(asks)).toEqual({
      ...cause,
      children: 0,
      awaits: { ...cause.awaits, job: asks, until: expect.any(String), members_only: false },
    })
    const listed = (await call('jobs/list')).json()
    for (const id of [middle, top]) {
      expect(await causeOf(id)).toMatchObject({ ...cause, awaits: { ...cause.awaits, job: asks, run: asks } })
      const job = (await call(`jobs_u/get/${id}`)).json()
      expect(job).toMatchObject({ running: false, suspend: 1, waiting_for: cause })
      expect(job.flow_status.modules[0]).toMatchObject({ type: 'InProgress', job: id === top ? middle : asks })
      expect(listed.find((each: { id: string }) => each.id === id)).toMatchObject({
        running: false,
        suspend: 1,
        waiting_for: { awaits: { run: asks } },
      })
    }
    await answer(middle)
    while ((await causeOf(asks)).on !== 'children') await call(`jobs_u/getupdate/${asks}`)
    for (const id of [asks, middle, top]) {
      const job = (await call(`jobs_u/get/${id}`)).json()
      expect([job.running, job.suspend]).toEqual([true, undefined])
      expect(await causeOf(id)).toEqual({ cause: 'suspended', on: 'children', children: 1 })
    }
    held.resolve()
    await resultOf(top)
    for (const id of [asks, middle, top])
      expect((await call(`jobs_u/get/${id}`)).json()).toMatchObject({ type: 'CompletedJob', success: true })
  })

  test.each([
    ['branchone', { type: 'branchone', branches: [], default: [calls('f/tests/asks')] }],
    ['branchall', { type: 'branchall', parallel: true, branches: [{ modules: [calls('f/tests/asks')] }] }],
    ['forloopflow', { type: 'forloopflow', iterator: js('[1]'), modules: [calls('f/tests/asks')] }],
    [
      'whileloopflow',
      { type: 'whileloopflow', modules: [{ ...calls('f/tests/asks'), stop_after_if: { expr: 'true' } }] },
    ],
  ])('from inside a %s', async (_, value) => {
    const [top = '', asks = ''] = await ask({ id: 'o', value })
    expect(await causeOf(top)).toMatchObject({ ...cause, awaits: { job: asks, run: asks } })
    expect((await call(`jobs_u/get/${top}`)).json()).toMatchObject({ running: false, suspend: 1 })
  })

  test('from several iterations, as long as one is not answered', async () => {
    const value = { type: 'forloopflow', parallel: true, iterator: js('[1, 2]'), modules: [calls('f/tests/asks')] }
    const [top = '', ...asks] = await ask({ id: 'l', value })
    expect(asks).toHaveLength(2)
    for (const id of asks.toReversed()) {
      await untilAsked(top)
      await answer(id)
      await resultOf(id)
    }
    await resultOf(top)
    expect((await call(`jobs_u/get/${top}`)).json()).toMatchObject({ type: 'CompletedJob', success: true })
  })

  test('and not when it is cancelled', async () => {
    const ids = await ask(calls('f/tests/calls'))
    const [top = ''] = ids
    await call(`jobs_u/queue/cancel/${top}`, { method: 'POST', body: { reason: 'enough' } })
    await resultOf(top)
    for (const id of ids) {
      await resultOf(id)
      expect((await call(`jobs_u/get/${id}`)).json()).toMatchObject({ type: 'CompletedJob', canceled: true })
    }
  })
})

test('a link with a payload answers too, and looking at it without following it does not', async () => {
  const { flow, step } = await start(asking())
  const { resume } = await urlsOf(step)
  const path = `${inside(resume)}?payload=${Buffer.from('{"n":2}').toString('base64')}`
  expect((await call(path, { ...nobody, method: 'HEAD' })).statusCode).toBe(405)
  expect((await call(path, nobody)).statusCode).toBe(201)
  expect(await resultOf(flow)).toMatchObject({ payload: { n: 2 }, by: ['anonymous'] })
})

test('no is an answer: the run fails and says at which step', async () => {
  const { flow, step } = await start(asking())
  const { cancel } = await urlsOf(step)
  await call(inside(cancel), nobody)
  expect(await resultOf(flow)).toMatchObject({ error: { name: 'Disapproved', step_id: 'a' } })
})

test('several must answer; each address counts once', async () => {
  const { flow, step } = await start(asking({ required_events: 2 }))
  const first = inside((await urlsOf(step, '', 1)).resume)
  const second = inside((await urlsOf(step, '', 2)).resume)
  expect((await call(first, { ...nobody, method: 'POST', body: 1 as never })).statusCode).toBe(201)
  expect(await refusal(first, nobody)).toEqual([409, 'approval.used'])
  expect((await call(`jobs_u/get/${flow}`)).json().flow_status.modules[1].type).toBe('WaitingForEvents')
  const replies = await Promise.all([1, 2, 3].map(() => call(second, nobody)))
  expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  expect((await resultOf(flow)).by).toEqual(['anonymous', 'anonymous'])
})

describe('an address is refused', () => {
  test('when anything of it was changed, or it is of another workspace', async () => {
    const { step } = await start(asking())
    const path = inside((await urlsOf(step, 'approver=bob')).resume)
    const bad = [403, 'approval.bad_signature']
    expect(await refusal(path.replace('approver=bob', 'approver=eve'), nobody)).toEqual(bad)
    expect(await refusal(path.replace('/7/', '/8/'), nobody)).toEqual(bad)
    expect(await refusal(path.replace(/[0-9a-f]{4}\?/, '0000?'), nobody)).toEqual(bad)
    expect(await refusal(`jobs_u/resume/${step}/7/x`, nobody)).toEqual(bad)
    expect(await refusal(path.replace(step, newId()), nobody)).toEqual([404, 'job.not_found'])
    const other = await fixture.makeWorkspace()
    const reply = await fixture.call(`${other.root}/${path}`)
    expect([reply.statusCode, reply.json().code]).toEqual([404, 'job.not_found'])
  })

  test('when the run does not wait any more', async () => {
    const { flow, step } = await start(asking())
    await call(inside((await urlsOf(step, '', 1)).resume), nobody)
    await resultOf(flow)
    expect(await refusal(inside((await urlsOf(step, '', 2)).resume), nobody)).toEqual([409, 'approval.not_waiting'])
  })

  test('when it is made for what is no step of a flow, and by who may only read', async () => {
    const job = (await call('jobs/run/preview', { method: 'POST', body: { content: '', language: 'bash' } })).body
    expect(await refusal(`jobs/resume_urls/${job}/1`)).toEqual([404, 'flow_run.not_found'])
    expect(await refusal(`jobs/job_signature/${newId()}/1`)).toEqual([404, 'job.not_found'])
  })
})

describe('who may answer', () => {
  test('only members, where the step asks for that (F17)', async () => {
    const { flow, step } = await start(asking({ user_auth_required: true }))
    const path = inside((await urlsOf(step)).resume)
    expect(await refusal(path, nobody)).toEqual([403, 'approval.not_allowed'])
    const stranger = await fixture.makeWorkspace()
    expect(await refusal(path, { as: stranger })).toEqual([403, 'approval.not_allowed'])
    expect((await call(path)).statusCode).toBe(201)
    expect((await resultOf(flow)).by).toEqual([ann.username])
  })

  test('not who started the run, where the step forbids that (F17)', async () => {
    const { flow, step } = await start(asking({ self_approval_disabled: true }))
    const path = inside((await urlsOf(step)).resume)
    expect(await refusal(path)).toEqual([403, 'approval.not_allowed'])
    expect(await refusal(path, nobody)).toEqual([403, 'approval.not_allowed'])
    const bob = await fixture.addMember(ann.workspace, { isAdmin: false })
    expect((await call(path, { as: bob })).statusCode).toBe(201)
    expect((await resultOf(flow)).by).toEqual([bob.username])
  })

  test('only members of its groups, and administrators (F17)', async () => {
    const { step } = await start(asking({ user_groups_required: { type: 'static', value: ['ops'] } }))
    const path = inside((await urlsOf(step)).resume)
    const bob = await fixture.addMember(ann.workspace, { isAdmin: false })
    const reply = await call(path, { as: bob })
    expect([reply.statusCode, reply.json().message]).toEqual([403, expect.stringContaining('members of ops')])
    expect((await call(path)).statusCode).toBe(201)
  })

  test('no owner in place of those that the step asks for', async () => {
    const { flow } = await start(asking({ self_approval_disabled: true }))
    const owner = { method: 'POST', body: {} } as const
    expect(await refusal(`jobs/flow/resume/${flow}`, owner)).toEqual([403, 'approval.not_allowed'])
    const bea = await fixture.addMember(ann.workspace, { isAdmin: true })
    expect((await call(`jobs/flow/resume/${flow}`, { ...owner, as: bea })).statusCode).toBe(201)
  })

  test('the owner of the flow and administrators without an address, nobody else', async () => {
    const { flow } = await start(asking())
    const bob = await fixture.addMember(ann.workspace, { isAdmin: false })
    const owner = { method: 'POST', body: { fine: 1 } } as const
    expect(await refusal(`jobs/flow/resume/${flow}`, { ...owner, as: bob })).toEqual([403, 'approval.not_allowed'])
    expect((await call(`jobs/flow/resume/${flow}`, owner)).statusCode).toBe(201)
    expect(await resultOf(flow)).toMatchObject({ payload: { fine: 1 }, by: [ann.username] })
    expect(await refusal(`jobs/flow/resume/${flow}`, owner)).toEqual([409, 'approval.not_waiting'])
  })
})

describe('the page of who is asked', () => {
  test('tells what is asked, in the words of the step, and who answered (F17)', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' } } }
    const { flow, step } = await start(asking({ required_events: 2, resume_form: { schema }, hide_cancel: true }))
    const signature = (await call(`jobs/job_signature/${step}/9`)).body
    const info = (await call(`jobs_u/flow/approval_info/${step}?token=9.${signature}`, nobody)).json()
    expect(info).toMatchObject({
      flow_id: flow,
      form_schema: schema,
      description: 'Ship it?',
      default_args: { n: 1 },
      can_approve: true,
      user_auth_required: false,
      hide_cancel: true,
      skin: 'detailed',
      step_summary: 'Ask',
      approvers: [],
    })
    await call(`jobs_u/flow/resume_suspended/${step}`, {
      ...nobody,
      method: 'POST',
      body: { approval_token: `9.${signature}`, payload: { n: 3 } },
    })
    await call(`jobs_u/flow/resume_suspended/${step}`, { method: 'POST', body: { payload: { n: 4 } } })
    expect((await resultOf(flow)).all).toEqual([{ n: 3 }, { n: 4 }])
    expect(await refusal(`jobs_u/flow/approval_info/${step}`, nobody)).toEqual([403, 'approval.not_allowed'])
    expect(await refusal(`jobs_u/flow/approval_info/${step}?token=9.x`, nobody)).toEqual([
      403,
      'approval.bad_signature',
    ])
  })

  test('shows the run to who has an address of it as a whole', async () => {
    const { flow, step } = await start(asking())
    const { resume } = await urlsOf(step, 'flow_level=true', 3)
    expect(resume).toContain(`/jobs_u/resume/${flow}/3/`)
    const page = (await call(inside(resume).replace('/resume/', '/get_flow/'), nobody)).json()
    expect(page).toMatchObject({ job: { id: flow, flow_status: { step: 1 } }, approvers: [] })
    expect((await call(inside(resume), nobody)).statusCode).toBe(201)
    expect(await resultOf(flow)).toMatchObject({ by: ['anonymous'] })
  })
})
