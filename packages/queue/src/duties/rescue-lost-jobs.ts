import { cancelJobs } from '../sql/cancel.ts'
import { rescueLostJobs as rescue } from '../sql/rescue.ts'
import type { Duty } from './duty.ts'

/** Takes back the jobs of workers whose lease ran out (Q12). */
export const rescueLostJobs: Duty = {
  id: 'rescue-lost-jobs',
  everyMs: ({ leaseMs }) => Math.max(50, leaseMs / 8),

  async runOnce({ db, notifier, leaseMs }) {
    const { workers, requeued, ended, ready, isScheduled } = await rescue(db, leaseMs)
    if (requeued.length > 0) notifier.tell('returned', [...new Set(requeued.map((job) => job.tag))])
    if (ready.length > 0) notifier.tell('ready', ready)
    if (isScheduled) notifier.tell('scheduled', [])
    if (ended.length > 0) notifier.tell('done', ended)
    // A flow that was lost goes with all that it started.
    const below = await cancelJobs(db, {
      workspaceId: undefined,
      ids: ended,
      by: 'millrace',
      reason: 'the job that started it was lost with its worker',
      isBelow: true,
    })
    if (below.asked.length > 0) notifier.tell('cancel', below.asked)
    if (below.ended.length > 0) notifier.tell('done', below.ended)
    return workers.length === 0 ? {} : { did: { workers, requeued: requeued.length, failed: ended.length } }
  },
}
