import { newId } from '@millrace/base/ids'
import { silentLogger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { Consumer, type ClaimedJob, type NearWorkers, type NewJob, type Notifier, type Outcome } from '@millrace/queue'

const success: Outcome = { status: 'success', resultJson: 'null' }

/** Where the jobs come from. */
export interface NoopOptions {
  readonly db: Database
  readonly notifier: Notifier
  /** Where those who enqueue in this process find it. */
  readonly near?: NearWorkers
  readonly tag: string
  readonly slots: number
  /** How long a job sleeps, give or take half: jobs of one length would end in step for ever. Without it, it does nothing. */
  readonly jobMs?: number | undefined
  /** Told of each job that has run, and the milliseconds that it took. */
  readonly ended?: (tookMs: number) => void
}

/** Starts a consumer whose jobs do nothing, or sleep, and tell that they began. */
export async function startNoopConsumer(
  { db, notifier, near, tag, slots, jobMs, ended }: NoopOptions,
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
    near,
    log: silentLogger,
    worker,
    leaseMs: 20_000,
    pollMs: 5000,
    drainMs: 5000,
    logLengthMax: 1_000_000,
    run: (job) => {
      began(job)
      if (jobMs !== undefined) return sleepFor(jobMs, ended)
      ended?.(0)
      return success
    },
    onBug: () => ({ status: 'failure', resultJson: null }),
  })
  await consumer.start()
  return consumer
}

async function sleepFor(ms: number, ended: NoopOptions['ended']): Promise<Outcome> {
  const beganMs = performance.now()
  await sleep(ms * (0.5 + Math.random()))
  ended?.(performance.now() - beganMs)
  return success
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
