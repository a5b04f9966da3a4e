import { createHash } from 'node:crypto'
import { newId } from '@millrace/base/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi, type ApiFixture, type Place, type StepCode } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let ann: Place
/** What ran, in order; and whether what may fail does. */
let ran: unknown[] = []
let broken = true

beforeAll(async () => {
  fixture = await startApi()
  await fixture.workFlows(code)
})
beforeEach(async () => {
  ann = await fixture.makeWorkspace()
  ran = []
  broken = true
})
afterAll(() => fixture.stop())

const code: Readonly<Record<string, StepCode>> = {
  note: ({ x }) => {
    ran.push(x)
    return x
  },
  /** Fails for some values while things are broken. */
  shaky: ({ x, bad }) => {
    ran.push(x)
    if (broken && Array.isArray(bad) && bad.includes(x)) throw new Error(`no ${String(x)}`)
    return Number(x) * 10
  },
  fixed: ({ x }) => {
    ran.push(x)
    return Number(x) * 100
  },
}

const input = (value: unknown) =>
  typeof value === 'string' && value.startsWith('=')
    ? { type: 'javascript', expr: value.slice(1) }
    : { type: 'static', value }
const step = (id: string, content: string, inputs: Readonly<Record<string, unknown>> = {}, more: object = {}) => ({
  id,
  value: {
    type: 'rawscript',
    language: 'bash',
    content,
    input_transforms: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, input(value)])),
  },
  ...more,
})
const loop = (id: string, list: unknown, modules: readonly object[], more: object = {}) => ({
  id,
  value: { type: 'forloopflow', iterator: input(list), skip_failures: false, modules, ...more },
})

const get = (path: string) => fixture.call(`${ann.root}/${path}`, { token: ann.token })
const post = (path: string, body: object = {}) =>
  fixture.call(`${ann.root}/${path}`, { method: 'POST', token: ann.token, body })

/** Runs a document to its end; the id. */
async function preview(value: object, args: object = {}): Promise<string> {
  const id = newId()
  const reply = await post(`jobs/run_wait_result/preview_flow?job_id=${id}&always_200=true`, { value, args })
  expect(reply.statusCode).toBe(200)
  return id
}

/** Waits for the end; the whole job. */
async function ended(id: string) {
  await get(`jobs_u/getupdate_sse/${id}`)
  return (await get(`jobs_u/get/${id}`)).json()
}

async function deploy(path: string, value: object): Promise<void> {
  const reply = await post('flows/create', { path, value })
  expect([reply.statusCode, reply.body]).toEqual([201, path])
}

/** What a restart runs, and what it gives. */
async function restart(id: string, place: object) {
  ran = []
  const reply = await post(`jobs/restart/f/${id}`, place)
  expect([reply.statusCode, reply.body]).toEqual([201, expect.stringMatching(/^[0-9a-f-]{36}$/)])
  return await ended(reply.body)
}

describe('a restart inside of a step', () => {
  test('F80 begins at an iteration, whose results before stay in the list, again and again', async () => {
    const id = await preview({
      modules: [
        step('a', 'note', { x: 'a' }),
        loop('l', [1, 2, 3, 4], [step('i', 'shaky', { x: '=flow_input.iter.value', bad: [3] })]),
      ],
    })
    expect(ran).toEqual(['a', 1, 2, 3])
    const again = await restart(id, { step_id: 'l', branch_or_iteration_n: 1 })
    expect(ran).toEqual([2, 3])
    expect(again.flow_status.restarted_from).toEqual({ flow_job_id: id, step_id: 'l', branch_or_iteration_n: 1 })
    broken = false
    const last = await restart(again.id, { step_id: 'l', branch_or_iteration_n: 2 })
    expect(ran).toEqual([3, 4])
    expect(last).toMatchObject({ success: true, result: [10, 20, 30, 40] })
    const [, seen] = last.flow_status.modules
    expect(seen.flow_jobs_success).toEqual([true, true, true, true])
    expect((await restart(last.id, { step_id: 'l', branch_or_iteration_n: 3 })).result).toEqual([10, 20, 30, 40])
    expect(ran).toEqual([4])
  })

  test('begins at a step of an iteration, in loops in loops', async () => {
    const inner = loop('m', [1, 2], [
      step('p', 'note', { x: '=`p${flow_input.iter.value}`' }),
      step('q', 'shaky', { x: '=flow_input.iter.value', bad: [2] }),
      step('r', 'note', { x: '=results.p + results.q' }),
    ]) // prettier-ignore
    const id = await preview({
      modules: [loop('l', ['x', 'y'], [step('b', 'note', { x: '=flow_input.iter.value' }), inner])],
    })
    expect(ran).toEqual(['x', 'p1', 1, 'p110', 'p2', 2])
    broken = false
    const nested_path = [{ step_id: 'm', branch_or_iteration_n: 1 }, { step_id: 'q' }]
    const job = await restart(id, { step_id: 'l', branch_or_iteration_n: 0, nested_path })
    expect(ran).toEqual([2, 'p220', 'y', 'p1', 1, 'p110', 'p2', 2, 'p220'])
    expect(job.result).toEqual([['p110', 'p220'], ['p110', 'p220']]) // prettier-ignore
  })

  test('begins at a branch of several, inside of the one that was taken, and in one that was not', async () => {
    const all = {
      id: 'all',
      value: {
        type: 'branchall',
        branches: [1, 2, 3].map((x) => ({ modules: [step(`b${x}`, 'shaky', { x, bad: [2] })] })),
      },
    }
    const failed = await preview({ modules: [all] })
    broken = false
    expect((await restart(failed, { step_id: 'all', branch_or_iteration_n: 1 })).result).toEqual([10, 20, 30])
    expect(ran).toEqual([2, 3])

    const one = {
      id: 'one',
      value: {
        type: 'branchone',
        branches: [{ expr: 'true', modules: [step('c', 'note', { x: 'c' }), step('d', 'note', { x: 'd' })] }],
        default: [step('e', 'note', { x: 'e' })],
      },
    }
    const id = await preview({ modules: [one] })
    expect((await restart(id, { step_id: 'one', nested_path: [{ step_id: 'd' }] })).result).toBe('d')
    expect(ran).toEqual(['d'])
    expect((await restart(id, { step_id: 'one', branch_or_iteration_n: 1 })).result).toBe('e')
    expect(ran).toEqual(['e'])
  })

  test('lets a while loop see what its iteration before gave', async () => {
    const body = [step('w', 'note', { x: '=(results.w ?? 0) + 1' }, { stop_after_if: { expr: 'result >= 4' } })]
    const id = await preview({
      modules: [{ id: 'l', value: { type: 'whileloopflow', skip_failures: false, modules: body } }],
    })
    expect((await restart(id, { step_id: 'l', branch_or_iteration_n: 2 })).result).toEqual([1, 2, 3, 4])
    expect(ran).toEqual([3, 4])
  })

  test('F82 that is tried again begins from its start', async () => {
    const body = [step('i', 'shaky', { x: '=flow_input.iter.value', bad: [2] })]
    const id = await preview({
      modules: [{ ...loop('l', [1, 2], body), retry: { constant: { attempts: 1, seconds: 0 } } }],
    })
    expect(ran).toEqual([1, 2, 1, 2])
    const again = await restart(id, { step_id: 'l', branch_or_iteration_n: 1 })
    expect([again.success, ran]).toEqual([false, [2, 1, 2]])
    broken = false
    expect((await restart(again.id, { step_id: 'l', branch_or_iteration_n: 1 })).result).toEqual([10, 20])
    expect(ran).toEqual([2])
  })

  test('F81 is refused where the run was not', async () => {
    const value = {
      modules: [loop('l', [1, 2], [step('i', 'shaky', { x: '=flow_input.iter.value', bad: [1] }), step('j', 'note')])],
    }
    const id = await preview(value)
    const refusal = async (place: object) => {
      const reply = await post(`jobs/restart/f/${id}`, place)
      return [reply.statusCode, reply.json().code, reply.json().message]
    }
    const where = [404, 'flow_run.step_not_found']
    expect(await refusal({ step_id: 'l', branch_or_iteration_n: 1 })).toEqual([
      ...where,
      expect.stringContaining('number 0 of "l"'),
    ])
    expect(await refusal({ step_id: 'l', nested_path: [{ step_id: 'i' }] })).toEqual([
      ...where,
      expect.stringContaining('which iteration'),
    ])
    const nested_path = [{ step_id: 'j' }]
    expect(await refusal({ step_id: 'l', branch_or_iteration_n: 0, nested_path })).toEqual([
      ...where,
      expect.stringContaining('failed at "i"'),
    ])
    const deep = [{ step_id: 'i', branch_or_iteration_n: 2 }]
    expect(await refusal({ step_id: 'l', branch_or_iteration_n: 0, nested_path: deep })).toEqual([
      ...where,
      expect.stringContaining('no iterations'),
    ])
  })
})

describe('F84 a restart inside of a flow that a step calls', () => {
  const calls = (id: string, path: string, inputs: Readonly<Record<string, unknown>> = {}) => ({
    id,
    value: {
      type: 'flow',
      path,
      input_transforms: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, input(value)])),
    },
  })
  const sub = (q = 'shaky') => ({
    modules: [
      step('p', 'note', { x: '=`p${flow_input.n}`' }),
      step('q', q, { x: '=flow_input.n', bad: [2] }),
      step('r', 'note', { x: '=`${results.p}/${results.q}`' }),
    ],
  })
  const caller = {
    modules: [
      step('a', 'note', { x: 2 }),
      calls('s', 'f/x/sub', { n: '=results.a' }),
      step('z', 'note', { x: '=[results.s, previous_result]' }),
    ],
  }
  const redeploy = async (value: object) => {
    const reply = await post('flows/update/f/x/sub', { path: 'f/x/sub', value })
    expect(reply.statusCode).toBe(200)
  }

  test('begins there, and the caller goes on with what it gives, again and again', async () => {
    await deploy('f/x/sub', sub())
    const id = await preview(caller)
    expect(ran).toEqual([2, 'p2', 2])
    const [, before] = (await ended(id)).flow_status.modules
    broken = false
    const again = await restart(id, { step_id: 's', nested_path: [{ step_id: 'q' }] })
    expect(again).toMatchObject({ success: true, result: ['p2/20', 'p2/20'] })
    expect(ran).toEqual([2, 'p2/20', ['p2/20', 'p2/20']])
    const child = await ended(again.flow_status.modules[1].job)
    expect(child).toMatchObject({ parent_job: again.id, script_path: 'f/x/sub', args: { n: 2 }, result: 'p2/20' })
    expect(child.flow_status.restarted_from).toEqual({ flow_job_id: before.job, step_id: 'q' })
    expect((await restart(again.id, { step_id: 's', nested_path: [{ step_id: 'r' }] })).result).toEqual(again.result)
    expect(ran).toEqual(['p2/20', ['p2/20', 'p2/20']])
  })

  test('wherever that is, runs what comes from there on and nothing else', async () => {
    broken = false
    await deploy('f/x/sub', sub())
    const one = { id: 'one', value: { type: 'branchone', branches: [], default: [calls('t', 'f/x/sub', { n: 2 })] } }
    await deploy('f/x/mid', { modules: [step('m', 'note', { x: 'm' }), one, step('n', 'note', { x: 'n' })] })
    const id = await preview({ modules: [loop('l', [1, 2], [calls('s', 'f/x/mid')]), step('z', 'note', { x: 'z' })] })
    const all = [...ran]
    const round = ['m', 'p2', 2, 'p2/20', 'n']
    expect(all).toEqual([...round, ...round, 'z'])
    const inside = (step_id: string) => [{ step_id: 'one' }, { step_id: 't' }, { step_id }]
    const places = [[{ step_id: 'm' }], inside('p'), inside('q'), inside('r'), [{ step_id: 'n' }]]
    for (const n of [0, 1])
      for (const [nth, place] of places.entries()) {
        const nested_path = [{ step_id: 's' }, ...place]
        const job = await restart(id, { step_id: 'l', branch_or_iteration_n: n, nested_path })
        expect([job.result, ran]).toEqual(['z', all.slice(n * 5 + nth)])
      }
  })

  test('runs it as it is deployed by then, and is refused where that, or the run before, has nothing there', async () => {
    await deploy('f/x/sub', sub())
    const id = await preview(caller)
    const refusal = async (place: object) => {
      const reply = await post(`jobs/restart/f/${id}`, place)
      return [reply.statusCode, reply.json().code, reply.json().message]
    }
    const isThere = (text: string) => [404, 'flow_run.step_not_found', expect.stringContaining(text)]
    const at = (...steps: string[]) => ({ step_id: 's', nested_path: steps.map((step_id) => ({ step_id })) })
    expect(await refusal(at('r'))).toEqual(isThere('inside of "s", which calls f/x/sub, the run did not come to'))
    expect(await refusal(at('x'))).toEqual(isThere('no step "x"'))
    expect(await refusal(at('q', 'x'))).toEqual(isThere('nothing is inside of the step "q"'))
    expect(await refusal({ ...at('q'), branch_or_iteration_n: 1 })).toEqual(isThere('no iterations'))
    expect(await refusal({ step_id: 'z', nested_path: [{ step_id: 'q' }] })).toEqual(isThere('"s"'))

    await redeploy(sub('fixed'))
    expect((await restart(id, at('q'))).result).toEqual(['p2/200', 'p2/200'])
    await redeploy({ modules: [step('k', 'note', { x: 1 }), ...sub().modules] })
    expect(await refusal(at('q'))).toEqual(isThere('no end of the step "k"'))
    expect((await post('flows/archive/f/x/sub', { archived: true })).statusCode).toBe(200)
    expect(await refusal(at('q'))).toEqual(isThere('there is no flow f/x/sub any more'))
  })
})

describe('a run that failed is fixed and goes on', () => {
  /** Runs a deployed flow to its end; the id. */
  const run = async (path: string, args: object = {}) => {
    const id = newId()
    expect((await post(`jobs/run_wait_result/f/${path}?job_id=${id}&always_200=true`, args)).statusCode).toBe(200)
    return id
  }
  const fix = async (id: string, wish: object) => {
    ran = []
    const reply = await post(`jobs/flow/fix/${id}`, wish)
    expect([reply.statusCode, reply.json()]).toEqual([201, expect.objectContaining({ refused: [] })])
    return reply.json()
  }
  const items = '=flow_input.iter.value'

  test('with other code, in every part that failed, and nothing runs twice that did not fail', async () => {
    const body = [
      step('p', 'note', { x: '=`p${flow_input.iter.value}`' }),
      step('q', 'shaky', { x: items, bad: [2, 4] }),
    ]
    await deploy('f/x/par', {
      modules: [
        step('a', 'note', { x: 'a' }),
        loop('l', [1, 2, 3, 4], body, { parallel: true }),
        step('z', 'note', { x: '=results.l' }),
      ],
    })
    const id = await run('f/x/par')
    expect((await get(`jobs/flow/failure/${id}`)).json()).toMatchObject({
      step_id: 'q',
      error: { message: 'no 2' },
      alike: [id],
    })
    const { continued, fix_id } = await fix(id, { changes: [{ step_id: 'q', code: 'fixed' }], reason: 'a typo' })
    const job = await ended(continued[0].continued_by)
    expect(job).toMatchObject({
      success: true,
      result: [10, 200, 30, 400],
      job_kind: 'flow',
      script_path: 'f/x/par',
      flow_version: expect.any(Number),
    })
    expect([new Set(ran.slice(0, 2)), ran.slice(2)]).toEqual([new Set([2, 4]), [[10, 200, 30, 400]]])
    expect(job.flow_status.restarted_from).toEqual({ flow_job_id: id, step_id: 'l' })

    const fixes = (await get(`jobs/flow/fixes/${job.id}`)).json()
    expect(fixes).toMatchObject([{ run: id, continued_by: job.id, fix_id, changed_by: ann.username, reason: 'a typo' }])
    const [{ changes, before_hash, after_hash }] = fixes
    expect(changes).toEqual([{ step_id: 'q', what: 'code', before_hash: hashOf('shaky'), after_hash: hashOf('fixed') }])
    expect([before_hash === after_hash, job.script_hash]).toEqual([false, after_hash])
    const again = await post(`jobs/flow/fix/${id}`, {})
    expect([again.statusCode, again.json().code]).toEqual([409, 'flow_run.continued'])
  })

  test('with a result in place of the step that failed, or of one before', async () => {
    await deploy('f/x/sum', {
      modules: [
        step('a', 'note', { x: 1 }),
        step('b', 'shaky', { x: 7, bad: [7] }),
        step('c', 'note', { x: '=[results.a, results.b, previous_result]' }),
      ],
    })
    const id = await run('f/x/sum')
    const changes = [{ step_id: 'a', result: 'A' }, { step_id: 'b', result: null }] // prettier-ignore
    const job = await ended((await fix(id, { changes })).continued[0].continued_by)
    expect([job.result, ran]).toEqual([['A', null, null], [['A', null, null]]])
  })

  test('with another input or argument, from an earlier step on', async () => {
    await deploy('f/x/in', {
      modules: [step('a', 'note', { x: '=flow_input.n' }), step('b', 'shaky', { x: '=results.a', bad: [3] })],
    })
    const one = await ended(
      (await fix(await run('f/x/in', { n: 3 }), { args: { n: 4 }, from: { step_id: 'a' } })).continued[0].continued_by,
    )
    expect([one.result, one.args, ran]).toEqual([40, { n: 4 }, [4, 4]])
    const changes = [{ step_id: 'b', inputs: { x: { type: 'static', value: 5 } } }]
    const two = await ended((await fix(await run('f/x/in', { n: 3 }), { changes })).continued[0].continued_by)
    expect([two.result, ran]).toEqual([50, [5]])
  })

  test('F83 for all runs that failed alike, or some of them, each once', async () => {
    await deploy('f/x/many', {
      modules: [step('a', 'note', { x: '=flow_input.n' }), step('b', 'shaky', { x: '=results.a', bad: [1, 2, 3] })],
    })
    await deploy('f/x/other', { modules: [step('b', 'shaky', { x: 1, bad: [1] })] })
    const ids = [await run('f/x/many', { n: 1 }), await run('f/x/many', { n: 2 }), await run('f/x/many', { n: 3 })]
    await run('f/x/many', { n: 9 })
    const other = await run('f/x/other')
    const [first = '', second = '', third = ''] = ids
    expect((await get(`jobs/flow/failure/${first}`)).json().alike.toSorted()).toEqual(ids.toSorted())
    const some = await post(`jobs/flow/fix/${first}`, {
      changes: [{ step_id: 'b', code: 'fixed' }],
      run_ids: [second, other],
    })
    expect(some.json().continued.map((each: { run: string }) => each.run)).toEqual([first, second])
    expect(some.json().refused).toEqual([{ run: other, message: expect.stringContaining('did not fail as') }])
    const all = await fix(third, { changes: [{ step_id: 'b', code: 'fixed' }], alike: true })
    expect(all.continued.map((each: { run: string }) => each.run)).toEqual([third])
    const results = [...some.json().continued, ...all.continued].map(
      async ({ continued_by: id }) => (await ended(id)).result,
    )
    expect(await Promise.all(results)).toEqual([100, 200, 300])
  })

  test('again where the fix did not help, and that run restarts too', async () => {
    await deploy('f/x/twice', { modules: [loop('l', [1, 2, 3], [step('i', 'shaky', { x: items, bad: [2, 3] })])] })
    const one = (
      await fix(await run('f/x/twice'), {
        changes: [{ step_id: 'i', inputs: { bad: { type: 'static', value: [3] } } }],
      })
    ).continued[0].continued_by
    expect((await ended(one)).success).toBe(false)
    broken = false
    expect((await restart(one, { step_id: 'l', branch_or_iteration_n: 2 })).result).toEqual([10, 20, 30])
    expect(ran).toEqual([3])
    expect((await ended((await fix(one, {})).continued[0].continued_by)).result).toEqual([10, 20, 30])
    expect(ran).toEqual([3])
  })

  test('is refused for what did not fail, what is not there, who may not write code, and a flow that could not run', async () => {
    await deploy('f/x/sum', {
      modules: [step('a', 'note', { x: 1 }), step('b', 'shaky', { x: '=flow_input.n', bad: [7] })],
    })
    const good = await run('f/x/sum', { n: 1 })
    const bad = await run('f/x/sum', { n: 7 })
    const refusal = async (id: string, body: object, token = ann.token) => {
      const reply = await fixture.call(`${ann.root}/jobs/flow/fix/${id}`, { method: 'POST', token, body })
      return [reply.statusCode, reply.json().code]
    }
    expect(await refusal(good, {})).toEqual([409, 'flow_run.not_failed'])
    expect(await refusal(newId(), {})).toEqual([404, 'job.not_found'])
    expect(await refusal(bad, { changes: [{ step_id: 'x', code: '' }] })).toEqual([404, 'flow_run.step_not_found'])
    const inputs = { x: { type: 'javascript', expr: '1 +' } }
    expect(await refusal(bad, { changes: [{ step_id: 'b', inputs }] })).toEqual([400, 'flow.invalid'])
    const operator = await fixture.addMember(ann.workspace, { isAdmin: false, operator: true })
    expect(await refusal(bad, {}, operator.token)).toEqual([403, 'auth.forbidden'])
    const stranger = await fixture.makeWorkspace()
    const other = await fixture.call(`${stranger.root}/jobs/flow/fixes/${bad}`, { token: stranger.token })
    expect([other.statusCode, other.json().code]).toEqual([404, 'job.not_found'])
  })
})

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
