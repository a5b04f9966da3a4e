import { alarmThresholds } from '../config.ts'
import { watchDatabase as watch } from '../sql/alarms.ts'
import type { Duty, DutyContext } from './duty.ts'

const REMIND_MS = 600_000

/** When each alarm of a keeper was last said. */
const said = new WeakMap<DutyContext, Map<string, number>>()

/** Says in the log what keeps PostgreSQL from cleaning up: when it begins, every 10 minutes while it lasts, and when it is over. */
export const watchDatabase: Duty = {
  id: 'watch-database',
  everyMs: () => 60_000,

  async runOnce(context) {
    const { alarms } = await watch(context.db, context.alarms ?? alarmThresholds())
    const before = said.get(context) ?? new Map<string, number>()
    const after = new Map<string, number>()
    for (const { kind, subject, message, facts } of alarms) {
      const key = `${kind} ${subject}`
      const saidMs = before.get(key)
      const isNews = saidMs === undefined || performance.now() - saidMs > REMIND_MS
      after.set(key, isNews ? performance.now() : saidMs)
      if (isNews) context.log.warn({ alarm: kind, ...facts }, message)
    }
    for (const key of before.keys()) if (!after.has(key)) context.log.info({ alarm: key }, 'the alarm is over')
    said.set(context, after)
    return {}
  },
}
