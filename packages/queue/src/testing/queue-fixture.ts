import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { Consumer } from '../consumer.ts'
import type { ConsumerOptions } from '../consumer-options.ts'
import type { ClaimedJob, NewJob, Outcome } from '../job.ts'
import { NearWorkers } from '../near-workers.ts'
import { Notifier } from '../notifier.ts'
import { Queue } from '../queue.ts'

/** A job of a workspace and tag that no other test uses. */
export function noop(tag: string, more: Partial<NewJob> = {}): NewJob {
  return {
    workspaceId: 'admins',
    kind: 'noop',
    tag,
    createdBy: 'tester',
    email: 't@example.org',
    permissionedAs: 'u/tester',
    ...more,
  }
}

/** A tag that no other test uses. */
export function freshTag(): string {
  return `t-${newId()}`
}

export const success: Outcome = { status: 'success', resultJson: 'true' }

/** What a consumer of tests is made of, unless told otherwise. */
export function consumerOptions(
  { db, notifier, near }: { readonly db: Database; readonly notifier: Notifier; readonly near?: NearWorkers },
  tag: string,
  run: ConsumerOptions['run'],
  more: Partial<ConsumerOptions> = {},
): ConsumerOptions {
  const id = newId()
  return {
    db,
    notifier,
    near,
    log: silentLogger,
    worker: {
      id,
      name: `w-${id}`,
      tags: [tag],
      slots: 4,
      sandbox: 'none',
      isolated: false,
      notice: undefined,
      version: 'test',
    },
    leaseMs: 2000,
    pollMs: 1000,
    drainMs: 2000,
    logLengthMax: 100_000,
    run,
    onBug: (_job: ClaimedJob, error: unknown) => ({
      status: 'failure',
      resultJson: JSON.stringify({ error: { name: 'Bug', message: String(error) } }),
    }),
    ...more,
  }
}

/** A notifier and queue on a database, started; workers that join `near` begin what is enqueued. */
export async function startQueue(
  db: Database,
): Promise<{ queue: Queue; notifier: Notifier; near: NearWorkers; stop(): Promise<void> }> {
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const near = new NearWorkers()
  return { queue: new Queue(db, notifier, near), notifier, near, stop: () => notifier.stop() }
}

/** A consumer that runs until stopped. */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const consumer = new Consumer(options)
  await consumer.start()
  return consumer
}

/** The outcome of a job, or undefined. */
export async function outcomeOf(
  db: Database,
  id: string,
): Promise<{ status: string; result: unknown; attempt: number; canceled_by: string | null } | undefined> {
  const { rows } = await db.pool.query('select status, result, attempt, canceled_by from job_outcome where id = $1', [
    id,
  ])
  return rows[0]
}
