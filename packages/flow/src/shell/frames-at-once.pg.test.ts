import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flowJob, preparePartitions, runFlow, startFlowHost, step, type FlowHost } from '../testing/flow-fixture.ts'

const tag = `t-${newId()}`

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({ db: base.db, tag, code: { echo: (args) => args } })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const run = (value: unknown, args?: Record<string, unknown>) => runFlow(host, base.db, flowJob(tag, value, args))
const identity = (id: string, more: object = {}) => ({ id, value: { type: 'identity' }, ...more })
const javascript = (expr: string) => ({ type: 'javascript', expr })
const loop = (id: string, modules: readonly object[], more: object = {}) => ({
  id,
  value: { type: 'forloopflow', iterator: javascript('flow_input.list'), skip_failures: false, modules, ...more },
})
const branchone = (id: string, expr: string, modules: readonly object[]) => ({
  id,
  value: { type: 'branchone', branches: [{ expr, modules }], default: [] },
})

/** Frames below a job: how often each was stored, and how often the job itself was. */
async function storesOf(id: string): Promise<{ readonly own: number; readonly below: readonly number[] }> {
  const { rows } = await base.db.pool.query<{ id: string; version: number }>(
    'select id, version from flow_past where flow_id = $1',
    [id],
  )
  const below = rows.filter((row) => row.id !== id).map((row) => row.version)
  return { own: rows.find((row) => row.id === id)?.version ?? 0, below }
}

async function leftOf(id: string): Promise<unknown> {
  const { rows } = await base.db.pool.query<{ left: number }>(
    `select (select count(*) from flow_run where flow_id = $1) + (select count(*) from flow_item where frame_id = $1)
       + (select count(*) from flow_event where frame_id = $1) as left`,
    [id],
  )
  return rows[0]?.left
}

describe('F69 frames that start nothing', () => {
  test('are stored in parts where there are many', async () => {
    const list = Array.from({ length: 9000 }, (_, at) => at)
    const { id, result } = await run({ modules: [loop('l', [identity('s')], { parallel: true })] }, { list })
    expect(result).toEqual(list)
    expect((await storesOf(id)).own).toBeGreaterThan(1)
    expect(await leftOf(id)).toBe(0)
  })

  test.each([
    ['one by one', {}],
    ['at once', { parallel: true }],
  ])('are stored with the flow that starts them, %s', async (_how, more) => {
    const list = Array.from({ length: 230 }, (_, at) => ({ n: at }))
    const { id, status, result } = await run({ modules: [loop('l', [identity('s')], more)] }, { list })
    expect(status).toBe('success')
    expect(result).toEqual(list)
    const { own, below } = await storesOf(id)
    // More than one where the machine is so slow that they take longer than others may wait.
    expect(own).toBeLessThan(10)
    expect(below).toEqual(list.map(() => 1))
    expect(await leftOf(id)).toBe(0)
  })

  test('are jobs that have ended, each with its result and who it is to the loop', async () => {
    const { id } = await run({ modules: [loop('l', [identity('s')])] }, { list: ['x', 'y'] })
    const { rows } = await base.db.pool.query(
      `select j.kind, j.flow_step_id, j.flow_step_index, j.root_job = $1 as is_rooted, j.permissioned_as, j.options, o.status, o.result
       from job j join job_outcome o using (id) where j.parent_job = $1 order by j.flow_step_index`,
      [id],
    )
    const job = {
      kind: 'flowframe',
      flow_step_id: 'l',
      is_rooted: true,
      permissioned_as: 'u/tester',
      status: 'success',
    }
    const stepOf = (index: number) => ({ step: { module: 'l', index, failures: 0 } })
    expect(rows).toEqual([
      { ...job, flow_step_index: 0, options: stepOf(0), result: 'x' },
      { ...job, flow_step_index: 1, options: stepOf(1), result: 'y' },
    ])
  })

  test('may lie in each other, and see what is around them', async () => {
    const inner = {
      id: 'inner',
      value: {
        type: 'forloopflow',
        iterator: javascript('flow_input.iter.value'),
        skip_failures: false,
        modules: [branchone('b', 'flow_input.iter.value > results.limit.n', [identity('big', mock('big'))])],
      },
    }
    const value = { modules: [step('limit', 'echo', { n: 1 }), loop('outer', [inner, identity('t')])] }
    const { id, result } = await run(value, { list: [[1, 2], [], [3]] })
    expect(result).toEqual([[1, 'big'], [], ['big']])
    const { own, below } = await storesOf(id)
    // Begun, and the end of the only job taken in: more where the machine is slow.
    expect(own).toBeLessThan(5)
    expect(below).toHaveLength(8)
  })

  test('are told to an expression of the same advance', async () => {
    const modules = [
      loop('l', [identity('s')]),
      branchone('b', 'results.l.length == 3 && results.l[2] == 30', [identity('yes', mock('yes'))]),
    ]
    const { id, result } = await run({ modules }, { list: [10, 20, 30] })
    expect(result).toBe('yes')
    expect((await storesOf(id)).own).toBeLessThan(4)
  })

  test('stop the loop around them', async () => {
    const stop = { stop_after_if: { expr: 'result >= 2', skip_if_stopped: false } }
    const { result } = await run({ modules: [loop('l', [identity('s', stop)])] }, { list: [1, 2, 3] })
    expect(result).toEqual([1, 2])
  })

  test('of a loop that goes on while it is not stopped see the number of their iteration', async () => {
    const stop = { stop_after_if: { expr: 'result >= 3', skip_if_stopped: false } }
    const value = { type: 'whileloopflow', skip_failures: false, modules: [identity('s', stop)] }
    expect((await run({ modules: [{ id: 'w', value }] })).result).toEqual([0, 1, 2, 3])
  })

  test('and fail begin as jobs, and say which step failed', async () => {
    const body = [branchone('b', 'flow_input.iter.value.no.such', [])]
    const { id, status, result } = await run(
      { modules: [loop('l', body, { skip_failures: true })] },
      { list: [1, { no: 1 }] },
    )
    expect(status).toBe('success')
    expect(result).toEqual([{ error: expect.objectContaining({ step_id: 'b' }) }, { no: 1 }])
    expect(await leftOf(id)).toBe(0)
  })

  test('and give much begin as jobs', async () => {
    const list = ['x'.repeat(100_000), 'y']
    expect((await run({ modules: [loop('l', [identity('s')])] }, { list })).result).toEqual(list)
  })
})

function mock(value: unknown): object {
  return { mock: { enabled: true, return_value: value } }
}
