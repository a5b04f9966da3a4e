import { newId } from '@millrace/base/ids'
import { inTransaction } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import type { ClaimedJob } from '@millrace/queue'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  flowJob,
  JsonText,
  outcomeOf,
  preparePartitions,
  runFlow,
  startFlowHost,
  step,
  type FlowHost,
} from '../testing/flow-fixture.ts'

const tag = `t-${newId()}`
const place = `place-${newId()}`
const seen = new Map<string, ClaimedJob>()
/** What a step does in between, by what it is told. */
const acts = new Map<unknown, (job: ClaimedJob) => Promise<void>>()

/** Lets whoever reads the variable go on. */
const { promise: variable, resolve: tellVariable } = Promise.withResolvers<void>()

let base: TestDatabase
let host: FlowHost
beforeAll(async () => {
  base = await createTestDatabase()
  await preparePartitions(base.db)
  host = await startFlowHost({
    db: base.db,
    tag,
    place,
    references: {
      variable: () => variable.then(() => ({ ok: true, json: '"told"' })),
      resource: () => Promise.resolve({ ok: false, message: 'there are none' }),
      resolve: (_frame, value) => Promise.resolve({ ok: true, json: JSON.stringify(value) }),
    },
    code: {
      async act({ key, give }, job) {
        seen.set(job.id, job)
        await acts.get(key)?.(job)
        return give ?? null
      },
      deep: () => new JsonText(`${'['.repeat(30_000)}${']'.repeat(30_000)}`),
    },
  })
})
afterAll(async () => {
  await host.stop()
  await base.drop()
})

const run = (value: unknown, args?: Record<string, unknown>) => runFlow(host, base.db, flowJob(tag, value, args))
const query = async (text: string, ...values: unknown[]) => (await base.db.pool.query(text, values)).rows

/** Steps of a flow with the transactions that wrote them and their ends. */
async function writesOf(flow: string): Promise<readonly { asked: string; ended: string }[]> {
  return await query(
    `select j.xmin::text as asked, o.xmin::text as ended from job j join job_outcome o using (id) where j.parent_job = $1 order by j.id`,
    flow,
  )
}

describe('F70 a step whose flow its process knows', () => {
  test('ends in the transaction that writes what follows, and the last one in that of the flow', async () => {
    const before = await eventsSoFar()
    const steps = ['a', 'b', 'c'].map((id) => step(id, 'act', { key: id }))
    const { id, status } = await run({ modules: steps })
    expect(status).toBe('success')
    const [a, b, c] = await writesOf(id)
    expect([b?.asked, c?.asked]).toEqual([a?.ended, b?.ended])
    expect(await query('select xmin::text as ended from job_outcome where id = $1', id)).toEqual([{ ended: c?.ended }])
    expect(await eventsSoFar()).toEqual(before)
  })

  test('is followed by a job that begins without a claim, as a claim would have given it', async () => {
    const key = newId()
    let held: unknown
    acts.set(key, async (job) => {
      held = (
        await query(
          `select j.id, j.kind, j.workspace_id, j.script_path, j.language, j.raw_code, j.args::text as args, j.tag, j.parent_job, j.root_job,
             j.permissioned_as, j.options, q.priority, q.fair::text as fair, q.attempt, q.failures, q.memory_mb, q.started_at, q.state
           from job j join job_queue q using (id) where id = $1`,
          job.id,
        )
      )[0]
    })
    const { id } = await run({
      modules: [step('a', 'act', { give: { x: 1 } }), step('b', 'act', { key, give: '=results.a.x' })],
    })
    const job = [...seen.values()].find((each) => each.parentJob === id && each.options.step?.module === 'b')
    expect(held).toEqual({
      id: job?.id,
      kind: job?.kind,
      workspace_id: job?.workspaceId,
      script_path: job?.scriptPath ?? null,
      language: job?.language,
      raw_code: job?.rawCode,
      args: job?.argsJson,
      tag: job?.tag,
      parent_job: id,
      root_job: id,
      permissioned_as: job?.permissionedAs,
      options: job?.options,
      priority: job?.priority,
      fair: job?.fair,
      attempt: 1,
      failures: job?.failures,
      memory_mb: job?.memoryMb,
      started_at: job?.startedAt,
      state: 'running',
    })
    expect(job?.argsJson).toBe(JSON.stringify({ key, give: 1 }))
  })

  test('tells its frame where that was changed meanwhile, and the frame goes on', async () => {
    const key = newId()
    acts.set(key, async ({ parentJob }) => {
      await query('update flow_run set version = version + 1 where id = $1', parentJob)
    })
    const { id, result } = await run({
      modules: [step('a', 'act', { key, give: 7 }), step('b', 'act', { give: '=results.a' })],
    })
    expect(result).toBe(7)
    const [a, b] = await writesOf(id)
    expect(b?.asked).not.toBe(a?.ended)
  })

  test('moves nothing where its job was taken away', async () => {
    const key = newId()
    const id = newId()
    acts.set(key, async (job) => {
      acts.delete(key)
      await query(`update job_queue set attempt = attempt + 1 where id = $1`, job.id)
      await query(
        `update job_queue set state = 'ready', worker_id = null, attempt = 1 where id = $1 and not exists (select from job_outcome where id = $1)`,
        job.id,
      )
    })
    const ended = host.queue.expect(id)
    await host.queue.enqueue([
      { ...flowJob(tag, { modules: [step('a', 'act', { key, give: 1 }), step('b', 'act')] }), id },
    ])
    expect(await ended.ended(10_000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success' })
    expect(
      await query('select attempt from job_outcome o join job j using (id) where j.parent_job = $1 order by j.id', id),
    ).toEqual([{ attempt: 2 }, { attempt: 1 }])
  })

  test('ends by itself where the answer of the statement is lost', async () => {
    const key = newId()
    const id = newId()
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>()
    const { promise: isLost, resolve: lost } = Promise.withResolvers<void>()
    acts.set(key, async ({ parentJob }) => {
      void inTransaction(base.db, async (client) => {
        await client.query('select from flow_run where id = $1 for update', [parentJob])
        locked()
        await isLost
      })
      await isLocked
    })
    const ended = host.queue.expect(id)
    await host.queue.enqueue([
      {
        ...flowJob(tag, { modules: [step('a', 'act', { key, give: 5 }), step('b', 'act', { give: '=results.a' })] }),
        id,
      },
    ])
    await waitUntil('its statement was ended', 5000, async () => {
      const ends = await query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and query like '%advance_steps%' and wait_event_type = 'Lock'`,
      )
      return ends.length > 0
    })
    lost()
    expect(await ended.ended(10_000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toEqual({ status: 'success', result: 5 })
    expect(await writesOf(id)).toHaveLength(2)
  })

  test('ends by itself where what follows takes long to decide', async () => {
    const id = newId()
    const ended = host.queue.expect(id)
    await host.queue.enqueue([
      { ...flowJob(tag, { modules: [step('a', 'act'), step('b', 'act', { give: '=variable("x")' })] }), id },
    ])
    await waitUntil('the first step has ended', 5000, async () => (await writesOf(id)).length === 1)
    tellVariable()
    expect(await ended.ended(10_000)).toBe(true)
    expect(await outcomeOf(base.db, id)).toEqual({ status: 'success', result: 'told' })
  })

  test('fails by itself where its result is refused', async () => {
    const { status, result } = await run({ modules: [step('a', 'deep'), step('b', 'act')] })
    expect(status).toBe('failure')
    expect(result).toMatchObject({ error: { name: 'ResultRefused', step_id: 'a' } })
  })

  test('goes through a loop one by one, and sees the item of each iteration', async () => {
    const body = step('s', 'act', { give: '=flow_input.iter.value' })
    const value = {
      type: 'forloopflow',
      iterator: { type: 'javascript', expr: 'flow_input.list' },
      skip_failures: false,
      modules: [body],
    }
    const list = Array.from({ length: 130 }, (_, at) => `item ${at}`)
    const { id, result } = await run({ modules: [{ id: 'l', value }] }, { list })
    expect(result).toEqual(list)
    const writes = await writesOf(id)
    const fused = writes.filter(({ asked }, at) => asked === writes[at - 1]?.ended)
    expect(fused.length).toBeGreaterThan(120)
  })

  test('stays with the steps that it shares a folder with (F45)', async () => {
    const { id } = await run({ modules: [step('a', 'act'), step('b', 'act')], same_worker: true })
    const [a, b] = await writesOf(id)
    expect(b?.asked).toBe(a?.ended)
    expect(await query('select tag, options from job where parent_job = $1', id)).toEqual(
      ['a', 'b'].map((module) => ({
        tag: place,
        options: { together: { place, folder: id }, step: { module, index: 0, failures: 0 } },
      })),
    )
  })

  test('ends by itself where a step follows that is debounced, and the last one that comes to it goes on (F21)', async () => {
    const key = newId()
    const debouncing = { debounce_delay_s: 1, debounce_key: key, debounce_args_to_accumulate: ['give'] }
    const value = {
      modules: [
        step('a', 'act', { give: '=flow_input.n' }),
        step('b', 'act', { give: '=[results.a]' }, { debouncing }),
        step('c', 'act', { give: '=results.b' }),
      ],
    }
    const first = newId()
    const ended = host.queue.expect(first)
    await host.queue.enqueue([{ ...flowJob(tag, value, { n: 1 }), id: first }])
    await waitUntil('a step waits', 5000, async () => {
      const [row] = await query(`select job_id from job_debounce where key = $1`, key)
      return row !== undefined
    })
    const last = await run(value, { n: 2 })
    expect(last).toMatchObject({ status: 'success', result: [1, 2] })
    expect(await ended.ended(10_000)).toBe(true)
    expect(await outcomeOf(base.db, first)).toMatchObject({ status: 'skipped' })
    const [a, b, c] = await writesOf(last.id)
    expect(b?.asked).not.toBe(a?.ended)
    expect(c?.asked).toBe(b?.ended)
  })

  test('ends a flow whose result is kept for other runs, and those who find it leave its age alone (F47)', async () => {
    const key = newId()
    let count = 0
    acts.set(key, () => Promise.resolve(void (count += 1)))
    const job = flowJob(tag, { modules: [step('a', 'act'), step('b', 'act', { key, give: 5 })] })
    const cached = { ...job, options: { cacheTtlS: 60 } }
    const kept = () => query('select max(expires_at)::text as until, count(*)::int as count from result_cache')
    const one = await runFlow(host, base.db, cached)
    expect(await query('select xmin::text as ended from job_outcome where id = $1', one.id)).toEqual([
      { ended: (await writesOf(one.id))[1]?.ended },
    ])
    await waitUntil('the result is kept', 5000, async () => (await kept())[0]?.count === 1)
    const before = await kept()
    expect(await runFlow(host, base.db, cached)).toMatchObject({ status: 'success', result: 5 })
    expect(count).toBe(1)
    await host.shell.settled()
    expect(await kept()).toEqual(before)
  })

  test('of many flows at once each goes its own way', async () => {
    const flows = Array.from({ length: 20 }, (_, nth) => ({
      modules: ['a', 'b', 'c'].map((id, at) => step(id, 'act', { give: at === 0 ? nth : '=previous_result' })),
    }))
    const ends = await Promise.all(flows.map((value) => run(value)))
    expect(ends.map(({ result }) => result)).toEqual(flows.map((_, nth) => nth))
  })
})

/** Events that frames were ever told here. */
async function eventsSoFar(): Promise<unknown> {
  return (await query(`select last_value::text as last, is_called from flow_event_id_seq`))[0]
}
