import { newId } from '@millrace/base/ids'
import { ok } from '@millrace/base/result'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  flowJob,
  outcomeOf,
  preparePartitions,
  runFlow,
  startFlowHost,
  step,
  type Code,
  type FlowHost,
} from '../testing/flow-fixture.ts'
import { continueFrame } from './continue-frame.ts'
import { readProgram } from './flow-program.ts'
import { resumeFlow } from './resume-flow.ts'

const tag = `t-${newId()}`
const tries = new Map<unknown, number>()
const held = new Map<string, () => void>()
const code: Readonly<Record<string, Code>> = {
  add: ({ a, b }) => Number(a) + Number(b),
  echo: (args) => args,
  fail: ({ message }) => {
    throw new Error(String(message))
  },
  /** Fails twice for each key. */
  shaky: ({ key }) => {
    const count = (tries.get(key) ?? 0) + 1
    tries.set(key, count)
    if (count < 3) throw new Error(`try ${count}`)
    return count
  },
  failOdd: ({ x }) => {
    if (Number(x) % 2 === 1) throw new Error(`odd ${String(x)}`)
    return x
  },
  long: () => 'x'.repeat(200_000),
  hold: (_args, job) => new Promise<void>((resolve) => held.set(job.id, resolve)),
}

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({
    db: base.db,
    tag,
    code,
    flows: {
      'f/sub/double': { modules: [step('a', 'add', { a: '=flow_input.x', b: '=flow_input.x' })] },
    },
  })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const run = (value: unknown, args?: Record<string, unknown>) => runFlow(host, base.db, flowJob(tag, value, args))
const identity = (id: string, more: object = {}) => ({ id, value: { type: 'identity' }, ...more })
const loop = (id: string, modules: readonly object[], more: object = {}) => ({
  id,
  value: {
    type: 'forloopflow',
    iterator: { type: 'javascript', expr: 'flow_input.list' },
    skip_failures: false,
    modules,
    ...more,
  },
})

describe('a sequence', () => {
  test('gives the result of its last step, and steps see what came before', async () => {
    const value = {
      modules: [
        step('a', 'add', { a: '=flow_input.x', b: 1 }),
        step('b', 'add', { a: '=results.a', b: '=previous_result' }),
      ],
    }
    expect(await run(value, { x: 20 })).toMatchObject({ status: 'success', result: 42 })
  })

  test('ends at a step that fails, which the error names', async () => {
    const { status, result } = await run({ modules: [step('a', 'fail', { message: 'no' }), step('b', 'echo')] })
    expect(status).toBe('failure')
    expect(result).toEqual({ error: { name: 'Error', message: 'no', step_id: 'a' } })
  })

  test('carries long results on', async () => {
    const { result } = await run({ modules: [step('a', 'long'), identity('b')] })
    expect(result).toBe('x'.repeat(200_000))
  })

  test('without steps gives its arguments back', async () => {
    expect(await run({ modules: [] }, { x: 1 })).toMatchObject({ status: 'success', result: { x: 1 } })
  })

  test('that is no flow fails with what is wrong and where', async () => {
    const { status, result } = await run({ modules: [{ id: 'a', value: { type: 'nothing' } }] })
    expect(status).toBe('failure')
    expect(result).toMatchObject({ error: { name: 'InvalidFlow', message: expect.stringContaining('modules[0]') } })
  })

  test('tries a step again after its time, and gives what the last run gave', async () => {
    const key = newId()
    const retry = { constant: { attempts: 3, seconds: 0.05 } }
    const { result } = await run({ modules: [step('a', 'shaky', { key }, { retry })] })
    expect(result).toBe(3)
  })

  test('sleeps without a worker between two steps', async () => {
    const beganMs = performance.now()
    const value = { modules: [identity('a', { sleep: { type: 'static', value: 0.3 } }), step('b', 'echo', { x: 1 })] }
    expect(await run(value)).toMatchObject({ status: 'success', result: { x: 1 } })
    expect(performance.now() - beganMs).toBeGreaterThan(290)
  })

  test('hands the error to its failure module', async () => {
    const value = {
      modules: [step('a', 'fail', { message: 'oh' })],
      failure_module: step('failure', 'echo', { m: '=error.message', s: '=error.step_id' }),
    }
    const { status, result } = await run(value)
    expect(status).toBe('failure')
    expect(result).toEqual({ m: 'oh', s: 'a' })
  })

  test('calls another flow, whose steps see their own arguments', async () => {
    const call = {
      id: 'b',
      value: {
        type: 'flow',
        path: 'f/sub/double',
        input_transforms: { x: { type: 'javascript', expr: 'results.a' } },
      },
    }
    const value = { modules: [step('a', 'add', { a: 1, b: 2 }), call, step('c', 'add', { a: '=results.b', b: 1 })] }
    expect(await run(value)).toMatchObject({ status: 'success', result: 7 })
  })
})

describe('a loop', () => {
  test.each([
    ['one by one', {}],
    ['at once', { parallel: true }],
  ])('over plain steps %s gives the list of their results in order', async (_how, more) => {
    const body = [step('s', 'add', { a: '=flow_input.iter.value', b: '=flow_input.iter.index' })]
    const list = Array.from({ length: 25 }, (_, at) => at * 10)
    const { status, result } = await run({ modules: [loop('l', body, more)] }, { list })
    expect(status).toBe('success')
    expect(result).toEqual(list.map((item, at) => item + at))
  })

  test.each([
    ['one by one', {}],
    ['at once', { parallel: true }],
  ])('over several steps %s runs each iteration as a frame', async (_how, more) => {
    const body = [
      step('s', 'add', { a: '=flow_input.iter.value', b: '=results.before' }),
      step('t', 'add', { a: '=results.s', b: '=flow_input.iter.index' }),
    ]
    const modules = [step('before', 'add', { a: 50, b: 50 }), loop('l', body, more)]
    const { status, result } = await run({ modules }, { list: [1, 2, 3, 4] })
    expect(status).toBe('success')
    expect(result).toEqual([101, 103, 105, 107])
  })

  test('over more items than a chunk finds each of them', async () => {
    const list = Array.from({ length: 230 }, (_, at) => ({ n: at }))
    const { result } = await run({ modules: [loop('l', [identity('s'), identity('t')], { parallel: true })] }, { list })
    expect(result).toEqual(list)
  })

  test('keeps what failed where it may', async () => {
    const body = [step('s', 'failOdd', { x: '=flow_input.iter.value' })]
    const { status, result } = await run({ modules: [loop('l', body, { skip_failures: true })] }, { list: [0, 1, 2] })
    expect(status).toBe('success')
    expect(result).toEqual([0, { error: { name: 'Error', message: 'odd 1' } }, 2])
  })

  test('in a loop has its own item, and goes over an empty list', async () => {
    const inner = {
      id: 'i',
      value: {
        type: 'forloopflow',
        iterator: { type: 'javascript', expr: 'flow_input.iter.value' },
        skip_failures: false,
        modules: [step('s', 'add', { a: '=flow_input.iter.value', b: 100 }), identity('t')],
      },
    }
    const { result } = await run({ modules: [loop('l', [inner, identity('u')])] }, { list: [[1, 2], [], [3]] })
    expect(result).toEqual([[101, 102], [], [103]])
  })

  test('whose iterator is no list fails and says so', async () => {
    const { status, result } = await run({ modules: [loop('l', [identity('s')])] }, { list: 5 })
    expect(status).toBe('failure')
    expect(result).toMatchObject({ error: { message: expect.stringContaining('not a list'), step_id: 'l' } })
  })

  test('that goes on while it is not stopped sees its last result', async () => {
    const body = [
      step(
        's',
        'add',
        { a: '=results.s || 0', b: 1 },
        { stop_after_if: { expr: 'result >= 3', skip_if_stopped: false } },
      ),
    ]
    const value = { modules: [{ id: 'w', value: { type: 'whileloopflow', skip_failures: false, modules: body } }] }
    expect(await run(value)).toMatchObject({ status: 'success', result: [1, 2, 3] })
  })
})

describe('a branch', () => {
  const branchone = (expr: string) => ({
    id: 'br',
    value: {
      type: 'branchone',
      branches: [{ expr, modules: [step('x', 'echo', { took: 'first' })] }],
      default: [step('y', 'echo', { took: 'default' })],
    },
  })

  test('is taken where its condition holds', async () => {
    expect(await run({ modules: [branchone('flow_input.n > 1')] }, { n: 2 })).toMatchObject({
      result: { took: 'first' },
    })
    expect(await run({ modules: [branchone('flow_input.n > 1')] }, { n: 1 })).toMatchObject({
      result: { took: 'default' },
    })
  })

  test.each([{ parallel: true }, { parallel: false }])(
    'of all of them (%o) gives its place in the list',
    async (more) => {
      const branches = ['one', 'two', 'three'].map((name, at) => ({
        modules: [step(`x${at}`, 'echo', { name }), step(`y${at}`, 'echo', { was: '=previous_result.name' })],
      }))
      const { result } = await run({ modules: [{ id: 'br', value: { type: 'branchall', branches, ...more } }] })
      expect(result).toEqual([{ was: 'one' }, { was: 'two' }, { was: 'three' }])
    },
  )
})

describe('a flow that waits', () => {
  const approval = {
    modules: [
      step('ask', 'echo', { q: 1 }, { suspend: { required_events: 2, timeout: 60 } }),
      step('b', 'echo', { got: '=resume', all: '=resumes', who: '=approvers' }),
    ],
  }

  async function begin(value: unknown): Promise<string> {
    const id = newId()
    await host.queue.enqueue([{ ...flowJob(tag, value), id }])
    return id
  }

  async function phaseOf(id: string): Promise<unknown> {
    const { rows } = await base.db.pool.query<{ phase: string }>(
      `select state#>>'{current,phase}' as phase from flow_run where id = $1`,
      [id],
    )
    return rows[0]?.phase
  }

  const answer = (job: string, resumeId: number, more: object = {}) =>
    resumeFlow(base.db, { workspaceId: 'admins', job, resumeId, approved: true, ...more })

  test('goes on when enough people have answered, each once', async () => {
    const id = await begin(approval)
    await waitUntil('it waits', 5000, async () => (await phaseOf(id)) === 'awaiting')
    const ended = host.queue.expect(id)
    expect(await answer(id, 1, { payload: '{"n":1}', approver: 'ada' })).toMatchObject({ kind: 'taken' })
    expect(await answer(id, 1)).toMatchObject({ kind: 'repeated' })
    host.shell.deliver(id)
    await host.shell.settled()
    expect(await phaseOf(id)).toBe('awaiting')
    expect(await answer(id, 2, { payload: '{"n":2}', approver: 'bob' })).toMatchObject({ kind: 'taken' })
    host.shell.deliver(id)
    expect(await ended.ended(5000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toEqual({
      status: 'success',
      result: { got: { n: 2 }, all: [{ n: 1 }, { n: 2 }], who: ['ada', 'bob'] },
    })
    expect(await answer(id, 3)).toEqual({ kind: 'not_waiting' })
  })

  test('R38 of many answers at once one has an effect', async () => {
    const value = {
      modules: [
        step('ask', 'echo', { q: 1 }, { suspend: { required_events: 1, timeout: 60 } }),
        step('after', 'echo', { key: newId() }),
      ],
    }
    const id = await begin(value)
    await waitUntil('it waits', 5000, async () => (await phaseOf(id)) === 'awaiting')
    const ended = host.queue.expect(id)
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, resumeId) => {
        const resumed = await answer(id, resumeId)
        host.shell.deliver(id)
        return resumed.kind
      }),
    )
    expect(await ended.ended(5000)).toBe(true)
    expect(answers).toContain('taken')
    const key = [...host.runs.keys()].find((each) =>
      each.includes(JSON.stringify(value.modules[1]?.value.input_transforms['key'].value)),
    )
    expect(host.runs.get(key ?? '')).toBe(1)
  })

  test('fails when somebody says no', async () => {
    const id = await begin(approval)
    await waitUntil('it waits', 5000, async () => (await phaseOf(id)) === 'awaiting')
    const ended = host.queue.expect(id)
    await answer(id, 1, { approved: false })
    host.shell.deliver(id)
    expect(await ended.ended(5000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toMatchObject({
      status: 'failure',
      result: { error: { name: 'Disapproved', step_id: 'ask' } },
    })
  })

  test('ends with all that it started when it is cancelled', async () => {
    const value = { modules: [loop('l', [step('s', 'hold'), identity('t')], { parallel: true })] }
    const id = newId()
    await host.queue.enqueue([{ ...flowJob(tag, value, { list: [1, 2] }), id }])
    const children = async () =>
      (
        await base.db.pool.query<{ id: string }>(
          `select j.id from job j join job f on f.id = j.parent_job join job_queue q on q.id = j.id
           where f.parent_job = $1 and q.state = 'running'`,
          [id],
        )
      ).rows.map((row) => row.id)
    await waitUntil('its steps run', 5000, async () => (await children()).length === 2)
    const steps = await children()
    await host.queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'ada', reason: 'enough' })
    expect(await outcomeOf(base.db, id)).toMatchObject({
      status: 'canceled',
      result: { error: { name: 'Canceled', message: 'canceled by ada: enough' } },
    })
    for (const each of steps) held.get(each)?.()
    await waitUntil('nothing of it is left', 5000, async () => {
      const { rows } = await base.db.pool.query<{ left: number }>(
        `select (select count(*) from job_queue where tag = $1) + (select count(*) from flow_run) + (select count(*) from flow_event)
           + (select count(*) from flow_item) as left`,
        [tag],
      )
      return rows[0]?.left === 0
    })
  })

  test('keeps its place among those that may run at once while its steps run', async () => {
    const key = `k-${newId()}`
    const options = { concurrency: { key, limit: 1 } }
    const ids = [newId(), newId(), newId()]
    const ends = ids.map((id) => host.queue.expect(id))
    const value = { modules: [step('s', 'hold')] }
    await host.queue.enqueue(ids.map((id) => ({ ...flowJob(tag, value), id, options })))
    const running = async () =>
      (
        await base.db.pool.query<{ id: string; flow: string }>(
          `select j.id, j.parent_job as flow from job j join job_queue q on q.id = j.id
           where j.parent_job = any ($1) and q.state = 'running'`,
          [ids],
        )
      ).rows
    for (const [nth, end] of ends.entries()) {
      await waitUntil(`flow ${nth} runs`, 5000, async () => (await running()).some(({ id }) => held.has(id)))
      const { rows: begun } = await base.db.pool.query('select from flow_run where id = any ($1)', [ids])
      expect(begun.length).toBe(1)
      const [only] = await running()
      held.get(only?.id ?? '')?.()
      expect(await (ends[ids.indexOf(only?.flow ?? '')] ?? end).ended(5000)).toBe(true)
    }
    expect((await base.db.pool.query('select from concurrency_slot where key = $1', [key])).rowCount).toBe(0)
  })

  test('times out with all that it started', async () => {
    const id = newId()
    await host.queue.enqueue([{ ...flowJob(tag, { modules: [step('s', 'hold')] }), id, timeoutMs: 300 }])
    const ended = host.queue.expect(id)
    expect(await ended.ended(5000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toMatchObject({
      status: 'failure',
      result: { error: { name: 'TimeoutError', message: 'timed out after 0.3 s' } },
    })
    for (const release of held.values()) release()
  })
})

describe('a flow that we fail', () => {
  test('is left alone after some tries, says why, and goes on when it is told to', async () => {
    let isBroken = true
    const own = `t-${newId()}`
    const clumsy = await startFlowHost({
      db: base.db,
      tag: own,
      code,
      readProgram: (value) => {
        const program = readProgram(value)
        if (!program.ok) return program
        const { transition } = program.value
        return ok({
          ...program.value,
          transition: (given) => {
            if (isBroken && given.event.kind === 'ended') throw new Error('our fault')
            return transition(given)
          },
        })
      },
    })
    onTestFinished(() => clumsy.stop())
    const id = newId()
    await clumsy.queue.enqueue([{ ...flowJob(own, { modules: [step('a', 'add', { a: 1, b: 2 })] }), id }])
    const fault = async () =>
      (
        await base.db.pool.query<{ faults: number; fault: string | null }>(
          'select faults, fault from flow_run where id = $1',
          [id],
        )
      ).rows[0]
    await waitUntil('it failed once', 5000, async () => ((await fault())?.faults ?? 0) > 0)
    await waitUntil('nobody tries any more', 5000, async () => {
      clumsy.shell.deliver(id)
      await clumsy.shell.settled()
      return (await fault())?.faults === 5
    })
    expect(await fault()).toEqual({ faults: 5, fault: 'our fault' })

    isBroken = false
    clumsy.shell.deliver(id)
    await clumsy.shell.settled()
    expect(await fault()).toEqual({ faults: 5, fault: 'our fault' })
    const ended = clumsy.queue.expect(id)
    expect(await continueFrame(base.db.pool, 'admins', id)).toBe(true)
    clumsy.shell.deliver(id)
    expect(await ended.ended(5000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toEqual({ status: 'success', result: 3 })
  })

  test('is tried later and later also where its time has come (F66)', async () => {
    let isBroken = true
    const own = `t-${newId()}`
    const clumsy = await startFlowHost({
      db: base.db,
      tag: own,
      code,
      readProgram: (value) => {
        const program = readProgram(value)
        if (!program.ok) return program
        const { transition } = program.value
        return ok({
          ...program.value,
          transition: (given) => {
            if (isBroken && given.event.kind === 'due') throw new Error('our fault')
            return transition(given)
          },
        })
      },
    })
    onTestFinished(() => clumsy.stop())
    const id = newId()
    const nap = { id: 'a', value: { type: 'identity' }, sleep: { type: 'static', value: 0.1 } }
    const ended = clumsy.queue.expect(id)
    await clumsy.queue.enqueue([{ ...flowJob(own, { modules: [nap] }, { n: 1 }), id }])
    const waits = async () =>
      (
        await base.db.pool.query<{ faults: number; waits_ms: number }>(
          `select r.faults, (extract(epoch from q.due_at - r.faulted_at) * 1000)::float8 as waits_ms
           from flow_run r join job_queue q using (id) where id = $1 and r.faults > 0 and q.state = 'scheduled'`,
          [id],
        )
      ).rows[0]
    await waitUntil('it failed once', 5000, async () => (await waits()) !== undefined)
    const { faults, waits_ms: waitsMs } = (await waits()) ?? { faults: 0, waits_ms: 0 }
    expect(waitsMs).toBeGreaterThanOrEqual(4 ** faults * 1000)

    isBroken = false
    expect(await continueFrame(base.db.pool, 'admins', id)).toBe(true)
    clumsy.queue.tell({ ready: [], isScheduled: true }, [])
    expect(await ended.ended(5000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toEqual({ status: 'success', result: { n: 1 } })
  })
})
