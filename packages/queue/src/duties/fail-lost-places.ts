import { cancelJobs } from '../sql/cancel.ts'
import { failLostPlaces as fail } from '../sql/lost-places.ts'
import type { Duty } from './duty.ts'

/** A host that starts again is there within this time. */
const LOST_MS = 600_000

/** Fails the steps that wait for a host which is gone for good (Q51). */
export const failLostPlaces: Duty = {
  id: 'fail-lost-places',
  everyMs: () => 15_000,

  async runOnce({ db, notifier }) {
    const { ended, ready, isScheduled } = await fail(db, LOST_MS)
    if (ready.length > 0) notifier.tell('ready', ready)
    if (isScheduled) notifier.tell('scheduled', [])
    if (ended.length === 0) return {}
    notifier.tell('done', ended)
    // Among them are parts of flows, with all that they started.
    const below = await cancelJobs(db, {
      workspaceId: undefined,
      ids: ended,
      by: 'millrace',
      reason: 'the job that started it was lost with its host',
      isBelow: true,
    })
    if (below.asked.length > 0) notifier.tell('cancel', below.asked)
    if (below.ended.length > 0) notifier.tell('done', below.ended)
    return { did: { failed: ended.length } }
  },
}
