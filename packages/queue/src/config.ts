import { int, type SettingsOf } from '@millrace/base/settings'
import type { AlarmThresholds } from './sql/alarms.ts'

const ALARM_TRANSACTION_MS = 120_000
const ALARM_DEAD_ROWS = 100_000
const ALARM_WAL_MB = 1024

/** Settings of the queue; every process on one database should have the same lease. */
export const queueConfig = {
  leaseMs: int(
    'QUEUE_LEASE_MS',
    'How long a worker may be silent before its jobs are taken back, in milliseconds.',
    20_000,
    { min: 200 },
  ),
  pollMs: int(
    'QUEUE_POLL_MS',
    'How often an idle worker looks for jobs although nothing was announced, in milliseconds.',
    5000,
    { min: 10 },
  ),
  retentionDays: int('QUEUE_RETENTION_DAYS', 'How many days finished jobs, their results and logs are kept.', 30, {
    min: 1,
    max: 3650,
  }),
  alarmTransactionMs: int(
    'QUEUE_ALARM_TRANSACTION_MS',
    'How old a transaction may be before the log and /api/health/alarms name its session, in milliseconds.',
    ALARM_TRANSACTION_MS,
    { min: 1000 },
  ),
  alarmDeadRows: int(
    'QUEUE_ALARM_DEAD_ROWS',
    'Dead rows of a table that are an alarm, where they are a fifth of the live ones.',
    ALARM_DEAD_ROWS,
    { min: 1000 },
  ),
  alarmWalMb: int(
    'QUEUE_ALARM_WAL_MB',
    'Log that a replication slot may keep before it is an alarm, in MiB.',
    ALARM_WAL_MB,
    {
      min: 1,
    },
  ),
}

/** From when on something is alarming, by the settings or their defaults. */
export function alarmThresholds(config?: SettingsOf<typeof queueConfig>): AlarmThresholds {
  return {
    transactionMs: config?.alarmTransactionMs ?? ALARM_TRANSACTION_MS,
    deadRows: config?.alarmDeadRows ?? ALARM_DEAD_ROWS,
    walBytes: (config?.alarmWalMb ?? ALARM_WAL_MB) * 1_048_576,
  }
}

/**
 * Settings of connections that enqueue, claim and complete. Their statements are written for one plan each, walks of an index for a
 * bounded number of rows; the planner, whose statistics of a table that fills and empties within seconds are always wrong,
 * would now and then read the whole of it instead.
 */
export const enginePlannerSettings = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_sort=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'plan_cache_mode=force_generic_plan',
] as const
