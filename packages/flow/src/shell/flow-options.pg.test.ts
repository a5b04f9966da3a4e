import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { failLostPlaces } from '@millrace/queue'
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

const tag = `t-${newId()}`
const runs: string[] = []
const code: Readonly<Record<string, Code>> = {
  echo: (args) => args,
  note: ({ name }) => {
    runs.push(String(name))
    return runs.length
  },
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
    references: {
      variable: (_frame, path) => Promise.resolve({ ok: true, json: JSON.stringify(`the variable ${path}`) }),
      resource: (_frame, path) => Promise.resolve({ ok: true, json: JSON.stringify({ at: path }) }),
      resolve: (_frame, value) =>
        Promise.resolve(
          JSON.stringify(value).includes('nowhere')
            ? { ok: false, message: 'there is no variable nowhere' }
            : { ok: true, json: JSON.stringify(value).replace('$var:f/x/y', 'resolved') },
        ),
    },
    flows: {
      'f/sub/cached': { modules: [step('a', 'note', { name: '=flow_input.name' })], cache_ttl: 60 },
      'f/sub/limited': {
        modules: [step('a', 'echo', { x: 1 })],
        concurrent_limit: 1,
        concurrency_key: 'limited-$args[k]',
        debounce_delay_s: 600,
        priority: 7,
        delete_after_secs: 3600,
      },
    },
  })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const run = (value: unknown, args?: Record<string, unknown>) => runFlow(host, base.db, flowJob(tag, value, args))
const call = (id: string, path: string, inputs: object, more: object = {}) => ({
  id,
  value: { type: 'flow', path, input_transforms: inputs },
  ...more,
})
const fixed = (value: unknown) => ({ type: 'static', value })

/** The jobs below a run, by the steps they are. */
async function jobsBelow(root: string) {
  const { rows } = await base.db.pool.query<{
    id: string
    step: string
    tag: string
    priority: number
    args: unknown
    options: Record<string, unknown>
  }>('select id, flow_step_id as step, tag, priority, args, options from job where root_job = $1 order by id', [root])
  return rows
}

describe('cache_ttl of a flow', () => {
  test('a second run with the same arguments by the same user gets the result without a step (F47)', async () => {
    const name = newId()
    const again = { modules: [call('b', 'f/sub/cached', { name: fixed(name) })] }
    const [first, second] = [await run(again), await run(again)]
    expect(first.status).toBe('success')
    expect(second.result).toBe(first.result)
    expect(runs.filter((each) => each === name)).toHaveLength(1)
    await run({ modules: [call('b', 'f/sub/cached', { name: fixed(`${name}-other`) })] })
    expect(runs).toContain(`${name}-other`)
  })

  test('what fails is computed again, and what a call asks for holds for it (F47)', async () => {
    const name = newId()
    const failing = { modules: [step('a', 'note', { name }), step('b', 'none')] }
    const job = { ...flowJob(tag, failing), options: { cacheTtlS: 60 } }
    expect((await runFlow(host, base.db, job)).status).toBe('failure')
    expect((await runFlow(host, base.db, job)).status).toBe('failure')
    expect(runs.filter((each) => each === name)).toHaveLength(2)
  })
})

test('a flow that is a step has the limits and the priority of its own document, and is not debounced (F46)', async () => {
  const { id } = await run({ modules: [call('b', 'f/sub/limited', { k: fixed('x') })] })
  const [sub] = (await jobsBelow(id)).filter((job) => job.step === 'b')
  expect(sub).toMatchObject({
    priority: 7,
    options: { concurrency: { key: 'limited-x', limit: 1 }, deleteAfterS: 3600 },
  })
  expect(sub?.options).not.toHaveProperty('debounce')
  const own = await run({ modules: [call('b', 'f/sub/limited', {}, { priority: 3, timeout: 50 })] })
  expect((await jobsBelow(own.id)).find((job) => job.step === 'b')).toMatchObject({ priority: 3 })
})

test('steps of a flow on a tag keep theirs only with preserve_step_tags (F48)', async () => {
  const own = { ...step('a', 'echo', { x: 1 }).value, tag: `own-${tag}` }
  const modules = [{ id: 'a', value: own }, step('b', 'echo')]
  const { id } = await run({ modules })
  expect((await jobsBelow(id)).map((job) => job.tag)).toEqual([tag, tag])

  const kept = newId()
  await host.queue.enqueue([{ ...flowJob(tag, { modules, preserve_step_tags: true }), id: kept }])
  await waitUntil('the step waits', 5000, async () => (await jobsBelow(kept)).length === 1)
  expect((await jobsBelow(kept)).map((job) => job.tag)).toEqual([`own-${tag}`])
  await host.queue.requestCancel({ workspaceId: 'admins', ids: [kept], by: 'tester' })
})

describe('what expressions and inputs see', () => {
  test('flow_env is seen by all of them, with what its references stand for (F24)', async () => {
    const flow_env = { HOST: 'h', SECRET: '$var:f/x/y' }
    const inside = step('b', 'echo', { env: '=flow_env' }, { skip_if: { expr: 'flow_env.HOST !== "h"' } })
    const value = { type: 'branchone', branches: [{ expr: 'flow_env.SECRET', modules: [inside] }], default: [] }
    expect(await run({ modules: [{ id: 'a', value }], flow_env })).toMatchObject({
      status: 'success',
      result: { env: { HOST: 'h', SECRET: 'resolved' } },
    })
    const broken = await run({ modules: [step('a', 'echo', { x: '=flow_env.A' })], flow_env: { A: '$var:nowhere' } })
    expect(broken).toMatchObject({ status: 'failure', result: { error: { step_id: 'a' } } })
    expect(Object(broken.result).error.message).toContain('flow_env: there is no variable nowhere')
  })

  test('inputs are values, expressions, or absent: what is empty, and what is for an agent (F23)', async () => {
    const input_transforms = {
      a: { type: 'static', value: { b: 1 } },
      c: { type: 'javascript', expr: 'variable("f/x/y")' },
      d: { type: 'javascript', expr: ' ', value: 'stale' },
      e: { type: 'ai' },
    }
    const modules = [{ id: 'a', value: { type: 'rawscript', language: 'test', content: 'echo', input_transforms } }]
    expect((await run({ modules })).result).toEqual({ a: { b: 1 }, c: 'the variable f/x/y' })
  })
})

describe('debouncing of a step', () => {
  test('of runs that reach it in its delay the last does the work, and the others end there (F21)', async () => {
    const key = newId()
    const debouncing = { debounce_delay_s: 1, debounce_key: key, debounce_args_to_accumulate: ['items'] }
    const value = {
      modules: [
        step('a', 'echo', { items: '=[flow_input.n]' }, { debouncing }),
        step('b', 'note', { name: `=${JSON.stringify(key)}` }),
      ],
    }
    const first = newId()
    const ended = host.queue.expect(first)
    onTestFinished(() => ended.close())
    await host.queue.enqueue([{ ...flowJob(tag, value, { n: 1 }), id: first }])
    await waitUntil('the step waits', 5000, async () => (await jobsBelow(first)).length === 1)
    const last = await run(value, { n: 2 })

    expect(last.status).toBe('success')
    const [a] = await jobsBelow(last.id)
    expect(await outcomeOf(base.db, a?.id ?? '')).toMatchObject({ result: { items: [1, 2] } })
    expect(await ended.ended(10_000)).toBe(true)
    expect(await outcomeOf(base.db, first)).toEqual({ status: 'skipped', result: { debounced_by: a?.id } })
    expect(runs.filter((each) => each === key)).toHaveLength(1)
  })

  test('max_total_debounces_amount and max_total_debouncing_time end the wait, and the key is of path and step (F21)', async () => {
    const debouncing = { debounce_delay_s: 600, max_total_debounces_amount: 1, max_total_debouncing_time: 60 }
    const job = { ...flowJob(tag, { modules: [step('a', 'echo', {}, { debouncing })] }), scriptPath: `f/x/${newId()}` }
    const id = newId()
    await host.queue.enqueue([{ ...job, id }])
    await waitUntil('the step waits', 5000, async () => (await jobsBelow(id)).length === 1)
    expect((await jobsBelow(id))[0]?.options).toMatchObject({
      debounce: { key: `admins/flow/${job.scriptPath}-a`, delayS: 600, callsMax: 1, totalS: 60 },
    })
    await host.queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'tester' })
  })
})

describe('steps that belong together', () => {
  const [shared, first, second] = [`t-${newId()}`, `place-${newId()}`, `place-${newId()}`]
  const loop = (id: string, modules: readonly object[], more: object = {}) => ({
    id,
    value: { type: 'forloopflow', iterator: fixed([1, 2, 3, 4]), skip_failures: false, modules, ...more },
  })
  const where = (id: string) => step(id, 'where')
  let hosts: readonly FlowHost[]
  beforeAll(async () => {
    const start = (place: string, isKept: boolean) =>
      startFlowHost({ db: base.db, tag: shared, place, isKept, slots: 1, code: { where: () => place } })
    hosts = await Promise.all([start(first, false), start(second, true)])
  })
  afterAll(async () => {
    for (const each of hosts) await each.stop()
  })
  const runShared = async (value: unknown) => {
    const [any] = hosts
    if (!any) throw new Error('no host')
    const { id, ...end } = await runFlow(any, base.db, flowJob(shared, value))
    expect(end.status).toBe('success')
    return { jobs: await jobsBelow(id), id, result: end.result }
  }

  test('same_worker: all run on the worker that the flow began on, in loops and branches too (F45)', async () => {
    const inside = {
      type: 'branchall',
      branches: [{ modules: [where('c')] }, { modules: [where('d')] }],
      parallel: true,
    }
    const { id, jobs } = await runShared({
      modules: [where('a'), loop('l', [where('b'), { id: 'e', value: inside }], { parallel: true })],
      same_worker: true,
    })
    expect(jobs.length).toBeGreaterThan(15)
    expect([first, second]).toContain(jobs[0]?.tag)
    for (const job of jobs) {
      expect(job.tag).toBe(jobs[0]?.tag)
      expect(job.options['together']).toEqual({ place: job.tag, folder: id })
    }
  })

  test('squash: the iterations of a loop run on one worker, and other steps anywhere (F45)', async () => {
    const { jobs, id, result } = await runShared({ modules: [where('a'), loop('l', [where('b')], { squash: true })] })
    expect(new Set(Object(result)).size).toBe(1)
    expect(jobs.map((job) => job.options['together'])).toEqual([
      undefined,
      ...Array.from({ length: 4 }, () => ({ place: jobs[1]?.tag, folder: `${id}/l.0` })),
    ])
  })

  test('a flow whose worker is gone fails, and its failure module runs elsewhere (F45)', async () => {
    const [own, place] = [`t-${newId()}`, `place-${newId()}`]
    const here: Code = (_args, job) => job.options.together?.place ?? 'anywhere'
    const start = (more: object) => startFlowHost({ db: base.db, tag: own, code: { where: here }, slots: 1, ...more })
    const before = await start({ place, isKept: true })
    const [id = ''] = await before.queue.enqueue([
      flowJob(own, {
        modules: [{ ...where('a'), sleep: fixed(3600) }, where('b'), where('c')],
        failure_module: step('failure', 'where', { error: '=error' }),
        same_worker: true,
      }),
    ])
    const stateOf = async (tag: string) =>
      (await base.db.pool.query<{ state: string }>('select state from job_queue where tag = $1', [tag])).rows[0]?.state
    await waitUntil('it sleeps', 10_000, async () => (await stateOf(own)) === 'scheduled')
    await before.stop()
    const after = await start({})
    onTestFinished(() => after.stop())
    await base.db.pool.query('update flow_run set wake_at = clock_timestamp() where id = $1', [id])
    await after.queue.runNow('admins', id)
    await waitUntil('a step waits for its host', 10_000, async () => (await stateOf(place)) === 'ready')

    const context = { db: base.db, notifier: after.notifier, log: silentLogger, leaseMs: 1000, retentionDays: 30 }
    expect(await failLostPlaces.runOnce(context)).toEqual({})
    await base.db.pool.query(`update lost_place set since = since - interval '11 minutes' where tag = $1`, [place])
    expect(await failLostPlaces.runOnce(context)).toEqual({ did: { failed: 1 } })
    await waitUntil('the flow has ended', 10_000, async () => (await stateOf(own)) === undefined)
    expect(await outcomeOf(base.db, id)).toEqual({ status: 'failure', result: 'anywhere' })
    const failed = (await jobsBelow(id)).map(({ tag }) => tag)
    expect(failed).toEqual([place, place, own])
  })

  test('a flow that begins where no folders are kept says so, and fails (F7, F45)', async () => {
    const ended = await run({ modules: [step('a', 'echo')], same_worker: true })
    expect(ended).toMatchObject({ status: 'failure', result: { error: { name: 'NoWorker' } } })
  })
})
