import { newId } from '@millrace/base/ids'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClaimedJob, Outcome } from './job.ts'
import type { Notifier } from './notifier.ts'
import type { Queue } from './queue.ts'
import { claimJobs } from './sql/claim.ts'
import { completeJobs } from './sql/complete.ts'
import { promoteDueJobs } from './sql/promote.ts'
import { rescueLostJobs } from './sql/rescue.ts'
import { handBackJobs, renewLease } from './sql/worker-lease.ts'
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

let base: TestDatabase
let queue: Queue
let notifier: Notifier
let stop: () => Promise<void>
beforeAll(async () => {
  base = await createTestDatabase()
  await base.db.pool.query('select make_job_partitions(current_date)')
  ;({ queue, notifier, stop } = await startQueue(base.db))
})
afterAll(async () => {
  await stop()
  await base.drop()
})

const worker = () => joinWorker(base.db)

async function stateOf(id: string): Promise<unknown> {
  return (await base.db.pool.query('select state, attempt from job_queue where id = $1', [id])).rows[0]
}

describe('enqueue', () => {
  test('Q1 all jobs of a call are enqueued or none', async () => {
    const tag = freshTag()
    const taken = newId()
    await queue.enqueue([noop(tag, { id: taken })])
    await expect(queue.enqueue([noop(tag), noop(tag, { id: taken })])).rejects.toMatchObject({ code: 'job.exists' })
    expect((await base.db.pool.query('select from job_queue where tag = $1', [tag])).rowCount).toBe(1)
  })

  test('Q1 more jobs than a statement takes are still one transaction', async () => {
    const tag = freshTag()
    const ids = await queue.enqueue(Array.from({ length: 2500 }, () => noop(tag)))
    expect(new Set(ids).size).toBe(2500)
    expect((await base.db.pool.query('select from job_queue where tag = $1', [tag])).rowCount).toBe(2500)
  })

  test('Q3 a job is not claimed before it is due, and is promoted when it is', async () => {
    const tag = freshTag()
    const me = await worker()
    const [id = ''] = await queue.enqueue([noop(tag, { dueAt: new Date(Date.now() + 60_000) })])
    expect(await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 10 })).toEqual([])
    const before = await promoteDueJobs(base.db, 10)
    expect(before.tags).not.toContain(tag)
    expect(before.nextInMs).toBeLessThanOrEqual(60_000)
    await base.db.pool.query(`update job_queue set due_at = now() - interval '1 second' where id = $1`, [id])
    expect((await promoteDueJobs(base.db, 10)).tags).toContain(tag)
    expect((await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 10 })).map((job) => job.id)).toEqual([id])
  })

  test('arguments survive as they were written', async () => {
    const tag = freshTag()
    const me = await worker()
    const args = { z: 1, a: 'ü\u0000 \ud83d\ude00', nested: { list: [1.5, null, true] } }
    await queue.enqueue([noop(tag, { args })])
    const [job] = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1 })
    expect(JSON.parse(job?.argsJson ?? '')).toEqual(args)
  })
})

describe('claim', () => {
  test('Q4 concurrent claims never return the same job', async () => {
    const tag = freshTag()
    const ids = await queue.enqueue(Array.from({ length: 500 }, () => noop(tag)))
    const workers = await Promise.all(Array.from({ length: 8 }, () => worker()))
    const claimed: string[] = []
    await Promise.all(
      workers.map(async (me) => {
        for (;;) {
          const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 7 })
          if (jobs.length === 0) return
          claimed.push(...jobs.map((job) => job.id))
        }
      }),
    )
    expect(claimed.sort()).toEqual([...ids].sort())
  })

  test('Q5 only named tags, by priority and then by age', async () => {
    const [tag, other] = [freshTag(), freshTag()]
    const me = await worker()
    const [first, second, urgent] = await queue.enqueue([noop(tag), noop(tag), noop(tag, { priority: 9 }), noop(other)])
    const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag, 'nobody'], limit: 10 })
    expect(jobs.map((job) => job.id)).toEqual([urgent, first, second])
  })
})

describe('complete', () => {
  async function claimed(): Promise<{ me: { id: string; name: string }; job: ClaimedJob }> {
    const tag = freshTag()
    const me = await worker()
    await queue.enqueue([noop(tag)])
    const [job] = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1 })
    if (!job) throw new Error('nothing was claimed')
    return { me, job }
  }

  test('Q7 a completion under another worker or attempt writes nothing', async () => {
    const { me, job } = await claimed()
    const stranger = await worker()
    expect((await completeJobs(base.db, stranger, [{ job, outcome: success }])).written.size).toBe(0)
    expect((await completeJobs(base.db, me, [{ job: { ...job, attempt: 2 }, outcome: success }])).written.size).toBe(0)
    expect(await outcomeOf(base.db, job.id)).toBeUndefined()
    expect((await completeJobs(base.db, me, [{ job, outcome: success }])).written.has(job.id)).toBe(true)
    expect(await outcomeOf(base.db, job.id)).toMatchObject({ status: 'success', result: true, attempt: 1 })
  })

  test('Q8 an outcome never changes', async () => {
    const { me, job } = await claimed()
    await completeJobs(base.db, me, [{ job, outcome: success }])
    expect(
      (await completeJobs(base.db, me, [{ job, outcome: { status: 'failure', resultJson: null } }])).written.size,
    ).toBe(0)
    await expect(
      base.db.pool.query(`update job_outcome set status = 'failure' where id = $1`, [job.id]),
    ).rejects.toThrow(/never changes/)
    await expect(base.db.pool.query(`update job set tag = 'x' where id = $1`, [job.id])).rejects.toThrow(
      /never changes/,
    )
  })

  test('Q10 the end of the log is there with the outcome', async () => {
    const { me, job } = await claimed()
    const finalLog = { jobId: job.id, workspaceId: job.workspaceId, seq: 0, startsAt: 0, text: 'last words\n' }
    await completeJobs(base.db, me, [{ job, outcome: { ...success, finalLog } }])
    const { rows } = await base.db.pool.query('select chunk from job_log where job_id = $1', [job.id])
    expect(rows).toEqual([{ chunk: 'last words\n' }])
  })

  test('a result that PostgreSQL refuses fails its own job and none of its batch', async () => {
    const tag = freshTag()
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    const outcomes: Record<string, Outcome> = { bad: { status: 'success', resultJson: deep } }
    const consumer = await startConsumer(
      consumerOptions(
        { db: base.db, notifier },
        tag,
        (job) => outcomes[JSON.parse(job.argsJson ?? '{}').which] ?? success,
      ),
    )
    const ids = await queue.enqueue([noop(tag), noop(tag, { args: { which: 'bad' } }), noop(tag)])
    await Promise.all(ids.map((id) => queue.expect(id).ended(5000)))
    expect((await Promise.all(ids.map((id) => outcomeOf(base.db, id)))).map((outcome) => outcome?.status)).toEqual([
      'success',
      'failure',
      'success',
    ])
    await consumer.stop()
  })
})

describe('lease', () => {
  test('Q12 jobs of a silent worker are ready again, or failed when they allow no further attempt', async () => {
    const tag = freshTag()
    const me = await worker()
    const [again = '', last = ''] = await queue.enqueue([noop(tag), noop(tag, { attemptsMax: 1 })])
    await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 2 })
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [me.id])
    const rescue = await rescueLostJobs(base.db, 20_000)
    expect(rescue.workers).toContain(me.name)
    expect(await stateOf(again)).toEqual({ state: 'ready', attempt: 1 })
    expect(await outcomeOf(base.db, last)).toMatchObject({
      status: 'failure',
      result: { error: { name: 'WorkerLost' } },
    })
    expect(await renewLease(base.db, me.id, 0)).toBe(false)
  })

  test('Q12 a lost job whose cancel was asked is canceled', async () => {
    const tag = freshTag()
    const me = await worker()
    const [id = ''] = await queue.enqueue([noop(tag)])
    await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1 })
    expect(await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'bob', reason: 'why not' })).toMatchObject(
      { asked: [id] },
    )
    await base.db.pool.query(`update worker set last_seen_at = now() - interval '1 minute' where id = $1`, [me.id])
    await rescueLostJobs(base.db, 20_000)
    expect(await outcomeOf(base.db, id)).toMatchObject({
      status: 'canceled',
      canceled_by: 'bob',
      result: { error: { message: 'canceled by bob: why not' } },
    })
  })

  test('Q13 a consumer whose lease is taken ends its runs and writes nothing', async () => {
    const tag = freshTag()
    const started = Promise.withResolvers<string>()
    const reasons: unknown[] = []
    const consumer = await startConsumer(
      consumerOptions(
        { db: base.db, notifier },
        tag,
        async (job, { signal }) => {
          started.resolve(job.id)
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
          reasons.push(signal.reason)
          return success
        },
        { leaseMs: 400 },
      ),
    )
    await queue.enqueue([noop(tag)])
    const id = await started.promise
    // The worker first: a worker that still has its row may claim the job again.
    await base.db.pool.query(`delete from worker where tags = array[$1]`, [tag])
    await base.db.pool.query(
      `update job_queue set state = 'ready', worker_id = null, started_at = null where id = $1`,
      [id],
    )
    await consumer.onLost
    expect(reasons).toEqual([{ kind: 'lease_lost' }])
    await consumer.stop()
    expect(await stateOf(id)).toEqual({ state: 'ready', attempt: 1 })
  })

  test('Q14 a job that is handed back keeps its attempts', async () => {
    const tag = freshTag()
    const me = await worker()
    const [id = ''] = await queue.enqueue([noop(tag)])
    const jobs = await claimJobs(base.db, { workerId: me.id, tags: [tag], limit: 1 })
    await handBackJobs(base.db, me.id, jobs)
    expect(await stateOf(id)).toEqual({ state: 'ready', attempt: 0 })
  })

  test('Q14 a drain lets a run finish, and hands back what outlasts the deadline', async () => {
    const tag = freshTag()
    const started = Promise.withResolvers<void>()
    let running = 0
    const gate = Promise.withResolvers<void>()
    const consumer = await startConsumer(
      consumerOptions(
        { db: base.db, notifier },
        tag,
        async (job, { signal }) => {
          running += 1
          if (running === 2) started.resolve()
          if (JSON.parse(job.argsJson ?? '{}').long)
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
          else await gate.promise
          return signal.aborted ? { status: 'failure', resultJson: null } : success
        },
        { drainMs: 200 },
      ),
    )
    const [short = '', long = ''] = await queue.enqueue([noop(tag), noop(tag, { args: { long: true } })])
    await started.promise
    const stopped = consumer.stop()
    gate.resolve()
    await stopped
    expect(await outcomeOf(base.db, short)).toMatchObject({ status: 'success' })
    expect(await stateOf(long)).toEqual({ state: 'ready', attempt: 0 })
  })
})

describe('cancel', () => {
  const nothing = { asked: [], ended: [], taken: [], ready: [] }

  test('Q15 a waiting job is canceled at once, Q17 a finished one cannot be', async () => {
    const [id = ''] = await queue.enqueue([noop(freshTag())])
    expect(await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'ann' })).toMatchObject({ ended: [id] })
    expect(await outcomeOf(base.db, id)).toMatchObject({
      status: 'canceled',
      result: { error: { name: 'Canceled', message: 'canceled by ann' } },
    })
    expect(await queue.requestCancel({ workspaceId: 'admins', ids: [id], by: 'ann' })).toEqual(nothing)
  })

  test('Q15 a job of another workspace cannot be canceled', async () => {
    const [id = ''] = await queue.enqueue([noop(freshTag())])
    expect(await queue.requestCancel({ workspaceId: 'elsewhere', ids: [id], by: 'ann' })).toEqual(nothing)
    expect(await stateOf(id)).toMatchObject({ state: 'ready' })
  })

  test('Q15 a running job is told to end, and Q16 a forced cancel is over before its worker answers', async () => {
    const tag = freshTag()
    const started: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()]
    let runs = 0
    const consumer = await startConsumer(
      consumerOptions({ db: base.db, notifier }, tag, async (_job, { signal }) => {
        started[runs++]?.resolve()
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        return { status: 'failure', resultJson: null }
      }),
    )
    const [soft = '', hard = ''] = await queue.enqueue([noop(tag), noop(tag)])
    await Promise.all(started.map((start) => start.promise))
    const ended = queue.expect(soft).ended(5000)
    expect(
      await queue.requestCancel({ workspaceId: 'admins', ids: [soft], by: 'ann', reason: 'enough' }),
    ).toMatchObject({ asked: [soft] })
    expect(await ended).toBe(true)
    expect(await outcomeOf(base.db, soft)).toMatchObject({ status: 'canceled', canceled_by: 'ann' })
    expect(await queue.requestCancel({ workspaceId: 'admins', ids: [hard], by: 'ann', force: true })).toMatchObject({
      ended: [hard],
    })
    expect(await outcomeOf(base.db, hard)).toMatchObject({ status: 'canceled' })
    await consumer.stop()
    expect(await outcomeOf(base.db, hard)).toMatchObject({ status: 'canceled', attempt: 1 })
  })
})

describe('waking', () => {
  test('Q18 an idle consumer of another process is woken by the notification', async () => {
    const tag = freshTag()
    const other = await startQueue(base.db)
    const consumer = await startConsumer(
      consumerOptions({ db: base.db, notifier: other.notifier }, tag, () => success, { pollMs: 60_000 }),
    )
    const id = newId()
    const expectation = queue.expect(id)
    await queue.enqueue([noop(tag, { id, awaited: true })])
    expect(await expectation.ended(5000)).toBe(true)
    await consumer.stop()
    await other.stop()
  })

  test('who waits for a job that ends in the same process is told how it did, and need not read it', async () => {
    const tag = freshTag()
    const [mine, elsewhere] = [newId(), newId()]
    const consumer = await startConsumer(
      consumerOptions({ db: base.db, notifier }, tag, () => ({ status: 'success', resultJson: '{"b": 1,"a":2}' })),
    )
    const expectation = queue.expect(mine)
    await queue.enqueue([noop(tag, { id: mine })])
    expect(await expectation.ended(5000)).toBe(true)
    expect(expectation.told()).toEqual({ status: 'success', result: '{"b": 1,"a":2}' })
    expect(await outcomeOf(base.db, mine)).toMatchObject({ status: 'success' })

    const other = await startQueue(base.db)
    const far = other.queue.expect(elsewhere)
    await queue.enqueue([noop(tag, { id: elsewhere, awaited: true })])
    expect([await far.ended(5000), far.told()]).toEqual([true, undefined])
    await consumer.stop()
    await other.stop()
  })

  test('Q19 with every notification lost the job is claimed within the polling interval', async () => {
    const tag = freshTag()
    const deaf = await startQueue(base.db)
    await deaf.stop()
    const consumer = await startConsumer(
      consumerOptions({ db: base.db, notifier: deaf.notifier }, tag, () => success, { pollMs: 60_000 }),
    )
    const [id = ''] = await queue.enqueue([noop(tag)])
    expect(await queue.expect(id).ended(5000)).toBe(true)
    await consumer.stop()
  })
})
