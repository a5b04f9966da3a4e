import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import { Consumer, type ClaimedJob, type NewJob, type Notifier } from '@millrace/queue'

/** Where the jobs come from. */
export interface NoopOptions {
  readonly db: Database
  readonly notifier: Notifier
  readonly tag: string
  readonly slots: number
}

/** Starts a consumer whose jobs do nothing but tell that they began. */
export async function startNoopConsumer(
  { db, notifier, tag, slots }: NoopOptions,
  began: (job: ClaimedJob) => void = () => {},
): Promise<Consumer> {
  const id = newId()
  const worker = {
    id,
    name: id,
    tags: [tag],
    slots,
    sandbox: 'none',
    isolated: false,
    notice: undefined,
    version: 'bench',
  }
  const consumer = new Consumer({
    db,
    notifier,
    log: silentLogger,
    worker,
    leaseMs: 20_000,
    pollMs: 5000,
    drainMs: 5000,
    logLengthMax: 1_000_000,
    run: (job) => {
      began(job)
      return { status: 'success', resultJson: 'null' }
    },
    onBug: () => ({ status: 'failure', resultJson: null }),
  })
  await consumer.start()
  return consumer
}

/** A job for it. */
export function noopJob(tag: string, id?: string): NewJob {
  return {
    ...(id !== undefined && { id }),
    workspaceId: 'admins',
    kind: 'noop',
    tag,
    createdBy: 'bench',
    email: 'b@example.org',
    permissionedAs: 'u/bench',
    args: { n: 1 },
  }
}
