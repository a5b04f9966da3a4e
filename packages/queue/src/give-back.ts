import type { ConsumerOptions } from './consumer-options.ts'
import type { ClaimedJob } from './job.ts'
import { handBackJobs } from './sql/worker-lease.ts'

/** Gives jobs back as if they had not been claimed, and tells of it; false where it may hold them still and does not know. */
export async function giveBack(
  { db, worker, notifier, log }: Pick<ConsumerOptions, 'db' | 'worker' | 'notifier' | 'log'>,
  jobs: readonly ClaimedJob[],
): Promise<boolean> {
  if (jobs.length === 0) return true
  try {
    await handBackJobs(db, worker.id, jobs)
    notifier.tell('returned', [...new Set(jobs.map((job) => job.tag))])
    return true
  } catch (error) {
    log.warn({ err: error, jobs: jobs.length }, 'jobs cannot be handed back; they are looked for')
    return false
  }
}
