import type { Logger } from '@millrace/base/logger'
import type { Database } from '@millrace/db'
import type { Notifier, Topic } from '../notifier.ts'
import type { AlarmThresholds } from '../sql/alarms.ts'

/** What a duty works with. */
export interface DutyContext {
  readonly db: Database
  readonly notifier: Notifier
  readonly log: Logger
  readonly leaseMs: number
  readonly retentionDays: number
  /** Their defaults when absent. */
  readonly alarms?: AlarmThresholds
}

/** What a run did (for the log; nothing when it did nothing), and when to come again if not at the usual time. */
export interface DutyReport {
  readonly did?: Readonly<Record<string, unknown>>
  readonly againInMs?: number
}

/** Maintenance that exactly one server does: the keeper owns leadership, interval, errors and shutdown. */
export interface Duty {
  readonly id: string
  everyMs(context: DutyContext): number
  /** What, when told, makes it run before its time. */
  readonly wakenBy?: Topic
  runOnce(context: DutyContext): Promise<DutyReport>
}
