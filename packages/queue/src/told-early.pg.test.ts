import { newId } from '@millrace/base/ids'
import { expect, onTestFinished, test } from 'vitest'
import { makePartitions } from './duties/make-job-partitions.ts'
import { Queue } from './queue.ts'
import { OwnServer } from './testing/nemesis/stop-database.ts'
import { freshTag, noop, startQueue } from './testing/queue-fixture.ts'

test('Q1 Q46 a call that tells others before its job is on disk is answered when it is, also one that repeats it', async () => {
  const server = await OwnServer.start()
  onTestFinished(() => server.drop())
  await makePartitions(server.db)
  const { notifier, stop } = await startQueue(server.db)
  onTestFinished(stop)
  const [queue, other] = [new Queue(server.db, notifier), new Queue(server.db, notifier)]
  const job = noop(freshTag(), { id: newId() })
  await Promise.any([queue.enqueue([job]), other.enqueue([job])])
  await server.restart('SIGKILL')
  const { rows } = await server.db.pool.query('select state from job_queue where id = $1', [job.id])
  expect(rows).toEqual([{ state: 'ready' }])
}, 60_000)
