import { promoteDueJobs as promote } from '../sql/promote.ts'
import type { Duty } from './duty.ts'

const BATCH = 1000

/** Makes scheduled jobs ready when they are due (Q3); sleeps until the next one, and is woken by a new due time. */
export const promoteDueJobs: Duty = {
  id: 'promote-due-jobs',
  everyMs: () => 30_000,
  wakenBy: 'scheduled',

  async runOnce({ db, notifier }) {
    const { tags, nextInMs } = await promote(db, BATCH)
    if (tags.length > 0) notifier.tell('ready', tags)
    return nextInMs === undefined ? {} : { againInMs: Math.min(30_000, Math.max(0, Math.ceil(nextInMs))) }
  },
}
