import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DutyContext } from './duties/duty.ts'
import { erasePayloads } from './duties/erase-payloads.ts'
import { freeWindows } from './duties/free-windows.ts'
import { letBlockedIn } from './duties/let-blocked-in.ts'
import type { ClaimedJob, JobOptions, Outcome } from './job.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { promoteDueJobs } from './sql/promote.ts'
import { rescueLostJobs } from './sql/rescue.ts'
import { joinWorker } from './testing/join-worker.ts'
import {
  consumerOptions,
  freshTag,
  noop,
  outcomeOf,
  startConsumer,
  startQueue,
  success,
} from './testing/queue-fixture.ts'

const failed: Outcome = { status: 'failure', resultJson: '{"error":{"name":"E","message":"m"}}' }

let base: TestDatabase
let queue: Queue
let notifier: Notifier
let duty: DutyContext
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  ;({ queue, notifier, stop } = await startQueue(base.db))
  duty = { db: base.db, notifier, log: silentLogger, leaseMs: 20_000, retentionDays: 30 }
})
afterAll(async () => {
  await stop()
  await base.drop()
})

async function states(tag: string): Promise<Record<string, number>> {
  const { rows } = await base.db.pool.query<{ state: string; n: number }>(
    'select state, count(*) as n from job_queue where tag = $1 group by state',
    [tag],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]))
}

function claim(me: { id: string }, tag: string, limit = 100): Promise<readonly ClaimedJob[]> {
  return claimJobs(base.db, { workerId: me.id, tags: [tag], limit })
}

async function makeDue(tag: string): Promise<void> {
  await base.db.pool.query(`update job_queue set due_at = now() - interval '1 second' where tag = $1`, [tag])
  await promoteDueJobs(base.db, 1000)
}

async function jobsOf(tag: string): Promise<readonly { id: string; args: unknown }[]> {
  return (await base.db.pool.query('select id, args from job where tag = $1 order by id', [tag])).rows
}

describe('concurrency', () => {
  function limited(limit: number, windowS?: number): JobOptions {
    return { concurrency: { key: newId(), limit, windowS } }
  }

  test('Q25 at most so many jobs of a key are ready or run, in the order they came', async () => {
    const [tag, options] = [freshTag(), limited(2)]
    const me = await joinWorker(base.db)
    const ids = await queue.enqueue(Array.from({ length: 5 }, () => noop(tag, { options })))
    expect(await states(tag)).toEqual({ ready: 2, blocked: 3 })
    const order: string[] = []
    for (let left = 5; left > 0; left -= 1) {
      const [job] = await claim(me, tag, 1)
      if (!job) throw new Error('nothing was claimed')
      order.push(job.id)
      await completeJobs(base.db, me, [{ job, outcome: success }])
      const { ready = 0, running = 0 } = await states(tag)
      expect(ready + running).toBe(Math.min(2, left - 1))
    }
    expect(order).toEqual(ids)
  })

  test('Q26 who ends lets the next in within the same transaction and says which tag has jobs', async () => {
    const [tag, options] = [freshTag(), limited(1)]
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options }), noop(tag, { options })])
    const [job] = await claim(me, tag)
    if (!job) throw new Error('nothing was claimed')
    expect((await completeJobs(base.db, me, [{ job, outcome: success }])).ready).toEqual([tag])
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q26 a cancelled job gives its slot on, whether it was ready or blocked', async () => {
    const [tag, options] = [freshTag(), limited(1)]
    const [first = '', second = ''] = await queue.enqueue(Array.from({ length: 3 }, () => noop(tag, { options })))
    const by = { workspaceId: 'admins', by: 'ann' }
    await queue.requestCancel({ ...by, ids: [second] })
    expect(await states(tag)).toEqual({ ready: 1, blocked: 1 })
    await queue.requestCancel({ ...by, ids: [first] })
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q26 a lost worker keeps the slots of jobs that go on and gives on those of jobs that end', async () => {
    const [tag, options] = [freshTag(), limited(2)]
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options }), noop(tag, { options, attemptsMax: 1 }), noop(tag, { options })])
    await claim(me, tag)
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [me.id])
    await rescueLostJobs(base.db, 20_000)
    expect(await states(tag)).toEqual({ ready: 2 })
  })

  test('Q26 jobs whose process died before it let them in are let in by the keeper', async () => {
    const [tag, options] = [freshTag(), limited(1)]
    await queue.enqueue([noop(tag, { options })])
    await base.db.pool.query(`update job_queue set state = 'blocked' where tag = $1`, [tag])
    await letBlockedIn.runOnce(duty)
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q25 a job that ended keeps its slot until its time window is over', async () => {
    const [tag, options] = [freshTag(), limited(1, 60)]
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options }), noop(tag, { options })])
    const [job] = await claim(me, tag)
    if (!job) throw new Error('nothing was claimed')
    await completeJobs(base.db, me, [{ job, outcome: success }])
    await freeWindows.runOnce(duty)
    expect(await states(tag)).toEqual({ blocked: 1 })
    await base.db.pool.query('update concurrency_slot set free_at = now() where job_id = $1', [job.id])
    expect(await freeWindows.runOnce(duty)).toMatchObject({ againInMs: 1000 })
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q25 a due job takes its turn for the key like any other', async () => {
    const [tag, options] = [freshTag(), limited(1)]
    await queue.enqueue([noop(tag, { options }), noop(tag, { options, dueInMs: 60_000 })])
    await makeDue(tag)
    expect(await states(tag)).toEqual({ ready: 1, blocked: 1 })
  })

  test('Q25 the limit holds in every moment while many workers run', async () => {
    const [tag, options] = [freshTag(), limited(3)]
    let [running, most] = [0, 0]
    const done = Promise.withResolvers<void>()
    let left = 60
    const consumers = await Promise.all(
      Array.from({ length: 4 }, () =>
        startConsumer(
          consumerOptions({ db: base.db, notifier }, tag, async () => {
            running += 1
            most = Math.max(most, running)
            await new Promise((resolve) => setImmediate(resolve))
            running -= 1
            left -= 1
            if (left === 0) done.resolve()
            return success
          }),
        ),
      ),
    )
    await queue.enqueue(Array.from({ length: 60 }, () => noop(tag, { options })))
    await done.promise
    await Promise.all(consumers.map((consumer) => consumer.stop()))
    expect(most).toBe(3)
    expect(await states(tag)).toEqual({})
  })
})

describe('retry', () => {
  test('Q28 a failed run is tried again as often as its policy says, and only the last failure is the outcome', async () => {
    const tag = freshTag()
    let runs = 0
    const consumer = await startConsumer(
      consumerOptions({ db: base.db, notifier }, tag, (_job, { log }) => {
        runs += 1
        log.write(`run ${runs}\n`)
        return failed
      }),
    )
    const [id = ''] = await queue.enqueue([
      noop(tag, { options: { retry: { constant: { attempts: 2, seconds: 60 } } }, attemptsMax: 1 }),
    ])
    const over = queue.expect(id).ended(10_000)
    while ((await outcomeOf(base.db, id)) === undefined) {
      await makeDue(tag)
      notifier.tellHere('ready', [tag])
    }
    await over
    await consumer.stop()
    expect(runs).toBe(3)
    expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'failure', attempt: 3 })
    const { rows } = await base.db.pool.query('select chunk from job_log where job_id = $1 order by seq', [id])
    expect(rows.map((row) => row.chunk).join('')).toBe('run 1\nrun 2\nrun 3\n')
  })

  test('Q28 a success ends it, and a lost worker is no failure', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options: { retry: { constant: { attempts: 1, seconds: 0 } } } })])
    const [job] = await claim(me, tag)
    expect(job).toMatchObject({ attempt: 1, failures: 0 })
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [me.id])
    await rescueLostJobs(base.db, 20_000)
    const other = await joinWorker(base.db)
    expect((await claim(other, tag))[0]).toMatchObject({ attempt: 2, failures: 0 })
  })
})

describe('sequel', () => {
  test('Q29 a job that restarts is asked for anew, with the same arguments, until somebody cancels it', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options: { restart: true }, args: { a: 1 } })])
    for (const outcome of [success, failed]) {
      await makeDue(tag)
      const [job] = await claim(me, tag)
      if (!job) throw new Error('nothing was claimed')
      expect((await completeJobs(base.db, me, [{ job, outcome }])).isScheduled).toBe(true)
    }
    const all = await jobsOf(tag)
    expect(all.map((job) => job.args)).toEqual([{ a: 1 }, { a: 1 }, { a: 1 }])
    await queue.requestCancel({ workspaceId: 'admins', ids: [all.at(-1)?.id ?? ''], by: 'ann' })
    expect(await states(tag)).toEqual({})
  })

  test('Q29 a job whose cancel was asked does not restart although its run succeeded', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options: { restart: true } })])
    const [job] = await claim(me, tag)
    if (!job) throw new Error('nothing was claimed')
    await queue.requestCancel({ workspaceId: 'admins', ids: [job.id], by: 'ann' })
    await completeJobs(base.db, me, [{ job, outcome: success }])
    expect(await states(tag)).toEqual({})
  })

  test('Q29 a job whose last worker was lost restarts too', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    await queue.enqueue([noop(tag, { options: { restart: true }, attemptsMax: 1 })])
    await claim(me, tag)
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [me.id])
    expect((await rescueLostJobs(base.db, 20_000)).isScheduled).toBe(true)
    expect(await states(tag)).toEqual({ scheduled: 1 })
  })

  test('Q30 arguments, result and log are erased after the time that was asked for, and nothing else of the job', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    const [id = ''] = await queue.enqueue([
      noop(tag, { options: { deleteAfterS: 3600 }, args: { secret: 'x\u0000' }, awaited: true }),
    ])
    const [job] = await claim(me, tag)
    if (!job) throw new Error('nothing was claimed')
    const finalLog = { jobId: id, workspaceId: 'admins', seq: 0, startsAt: 0, text: 'secret' }
    await completeJobs(base.db, me, [{ job, outcome: { ...success, finalLog } }])
    await erasePayloads.runOnce(duty)
    expect(await outcomeOf(base.db, id)).toMatchObject({ result: true })
    await base.db.pool.query('update job_erasure set due_at = now() where id = $1', [id])
    await erasePayloads.runOnce(duty)
    expect(await outcomeOf(base.db, id)).toMatchObject({ status: 'success', result: null })
    expect(await jobsOf(tag)).toEqual([{ id, args: null }])
    expect((await base.db.pool.query('select from job_log where job_id = $1', [id])).rowCount).toBe(0)
  })
})

describe('what is erased of a flow', () => {
  /** A flow under way with a step that has ended, both of which are to be erased. */
  async function stepOf(flowOptions: JobOptions, stepOptions: JobOptions) {
    const [tag, flowTag] = [freshTag(), freshTag()]
    const me = await joinWorker(base.db)
    const [flow = ''] = await queue.enqueue([noop(flowTag, { options: flowOptions, args: { of: 'flow' } })])
    const options = { ...stepOptions, step: { module: 'a', index: 0, failures: 0 } }
    await queue.enqueue([noop(tag, { options, args: { of: 'step' }, parentJob: flow, rootJob: flow })])
    const [job] = await claim(me, tag)
    if (!job) throw new Error('nothing was claimed')
    await completeJobs(base.db, me, [{ job, outcome: success }])
    const endFlow = async () => {
      const [flowJob] = await claim(me, flowTag)
      if (!flowJob) throw new Error('nothing was claimed')
      await completeJobs(base.db, me, [{ job: flowJob, outcome: success }])
    }
    return { flow, step: job.id, endFlow }
  }

  async function erase(...ids: readonly string[]) {
    await base.db.pool.query('update job_erasure set due_at = now() where id = any ($1)', [ids])
    await erasePayloads.runOnce(duty)
  }

  test('Q30 what a step gave stays while its flow is under way, which may still read it (F22)', async () => {
    const { step, endFlow } = await stepOf({}, { deleteAfterS: 0 })
    await erase(step)
    expect(await outcomeOf(base.db, step)).toMatchObject({ result: true })
    await endFlow()
    await erase(step)
    expect(await outcomeOf(base.db, step)).toMatchObject({ status: 'success', result: null })
  })

  test('Q30 with a flow goes what its steps were given and gave (F22)', async () => {
    const { flow, step, endFlow } = await stepOf({ deleteAfterS: 0 }, {})
    await endFlow()
    await erase(flow)
    const { rows } = await base.db.pool.query('select args from job where id = any ($1)', [[flow, step]])
    expect(rows).toEqual([{ args: null }, { args: null }])
    for (const id of [flow, step]) expect(await outcomeOf(base.db, id)).toMatchObject({ result: null })
  })
})

describe('debounce', () => {
  test('Q31 calls in quick succession become one job with the arguments of the last and what is to be gathered', async () => {
    const tag = freshTag()
    const options: JobOptions = { debounce: { key: newId(), delayS: 30, accumulate: ['items'] } }
    const ids = await Promise.all(
      [1, 2, 3].map(async (n) => (await queue.enqueue([noop(tag, { options, args: { n, items: [n] } })]))[0] ?? ''),
    )
    expect(await states(tag)).toEqual({ scheduled: 1 })
    const { rows } = await base.db.pool.query(
      'select q.id, j.args from job_queue q join job j using (id) where q.tag = $1',
      [tag],
    )
    const last = rows[0]?.id
    expect(new Set(rows[0]?.args.items)).toEqual(new Set([1, 2, 3]))
    for (const id of ids.filter((other) => other !== last))
      expect(await outcomeOf(base.db, id)).toMatchObject({
        status: 'skipped',
        result: { debounced_by: expect.any(String) },
      })
  })

  test('Q31 it is not put off beyond the number of calls or the time that is allowed', async () => {
    const [byCount, byTime] = [freshTag(), freshTag()]
    const counted: JobOptions = { debounce: { key: newId(), delayS: 30, callsMax: 2 } }
    for (let n = 0; n < 2; n += 1) await queue.enqueue([noop(byCount, { options: counted })])
    expect(await states(byCount)).toEqual({ ready: 1 })
    const timed: JobOptions = { debounce: { key: newId(), delayS: 30, totalS: 60 } }
    await queue.enqueue([noop(byTime, { options: timed })])
    await base.db.pool.query(`update job_debounce set first_at = now() - interval '61 seconds' where key = $1`, [
      timed.debounce?.key,
    ])
    await queue.enqueue([noop(byTime, { options: timed })])
    expect(await states(byTime)).toEqual({ ready: 1 })
  })

  test('Q31 a call after the job has begun is a new one', async () => {
    const tag = freshTag()
    const me = await joinWorker(base.db)
    const options: JobOptions = { debounce: { key: newId(), delayS: 30, accumulate: ['items'] } }
    await queue.enqueue([noop(tag, { options, args: { items: ['a'] } })])
    await makeDue(tag)
    await claim(me, tag)
    await queue.enqueue([noop(tag, { options, args: { items: ['b'] } })])
    expect(await states(tag)).toEqual({ running: 1, scheduled: 1 })
    expect((await jobsOf(tag)).at(-1)?.args).toEqual({ items: ['b'] })
  })
})

describe('once', () => {
  test('Q32 many calls at once with one key are one job', async () => {
    const tag = freshTag()
    const once = { key: newId(), digest: 'd' }
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => (await queue.enqueue([noop(tag, { once })]))[0]),
    )
    expect(new Set(ids).size).toBe(1)
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q32 the same key for something else is refused', async () => {
    const tag = freshTag()
    const key = newId()
    await queue.enqueue([noop(tag, { once: { key, digest: 'a' } })])
    await expect(queue.enqueue([noop(tag, { once: { key, digest: 'b' } })])).rejects.toMatchObject({
      code: 'job.key_reused',
    })
    expect(await states(tag)).toEqual({ ready: 1 })
  })

  test('Q2 the same id for the same job is that job, for another one it is refused', async () => {
    const [tag, id] = [freshTag(), newId()]
    expect(await queue.enqueue([noop(tag, { id, args: { a: 1 } })])).toEqual([id])
    expect(await queue.enqueue([noop(tag, { id, args: { a: 1 } })])).toEqual([id])
    await expect(queue.enqueue([noop(tag, { id, args: { a: 2 } })])).rejects.toMatchObject({ code: 'job.exists' })
  })
})
