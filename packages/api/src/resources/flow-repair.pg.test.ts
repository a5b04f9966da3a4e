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

/** What a restart runs, and what it gives. */
async function restart(id: string, place: object) {
  ran = []
  const reply = await post(`jobs/restart/f/${id}`, place)
  expect([reply.statusCode, reply.body]).toEqual([201, expect.stringMatching(/^[0-9a-f-]{36}$/)])
  return await ended(reply.body)
}

describe('a restart inside of a step', () => {
  test('begins at an iteration, whose results before stay in the list, again and again', async () => {
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

  test('is refused where the run was not', async () => {
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
