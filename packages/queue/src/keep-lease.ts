import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { Database } from '@millrace/db'
import { answerWithin } from './answer-within.ts'
import { renewLease } from './sql/worker-lease.ts'

/** After a renewal that failed. */
const RETRY_MS = 500

/** Whose lease, and what is done whenever it was renewed. */
export interface LeaseOptions {
  readonly db: Database
  readonly workerId: string
  readonly leaseMs: number
  readonly log: Logger
  /** Ends the keeping. */
  readonly signal: AbortSignal
  /** Runs that have ended, told with each renewal. */
  executed(): number
  onRenewed(): void
}

/** Renews a worker's lease (Q11) until the signal aborts, and then resolves with nothing; with the reason when it is lost (Q13). */
export async function keepLease(options: LeaseOptions): Promise<string | undefined> {
  const { db, workerId, leaseMs, log, signal } = options
  let renewedMs = performance.now()
  // Workers that were started together must not all renew in the same moment for ever.
  let waitMs = (leaseMs / 4) * Math.random()
  for (;;) {
    await sleep(waitMs, signal)
    if (signal.aborted) return undefined
    try {
      const askedMs = performance.now()
      // A process that was asleep past its lease has one try; the keeper may have been asleep too.
      const withinMs = Math.max(leaseMs / 4, renewedMs + leaseMs - askedMs)
      const answer = await answerWithin(renewLease(db, workerId, options.executed()), withinMs, signal)
      if (signal.aborted) return undefined
      if (answer === undefined) return 'the database does not answer'
      if (!answer) return 'the keeper took it away'
      renewedMs = askedMs
      waitMs = leaseMs / 4
      options.onRenewed()
    } catch (error) {
      log.warn({ err: error }, 'the lease cannot be renewed')
      // A database that is away now and then must not cost the lease because it was away at each quarter of it.
      waitMs = Math.min(RETRY_MS, leaseMs / 4)
      if (performance.now() - renewedMs > leaseMs) return 'the database is away'
    }
  }
}
