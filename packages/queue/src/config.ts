import { int } from '@millrace/base/settings'

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
}

/**
 * Settings of connections that claim and complete. Their statements are written for one plan each, walks of an index for a
 * bounded number of rows; the planner, whose statistics of a table that fills and empties within seconds are always wrong,
 * would now and then read the whole of it instead.
 */
export const enginePlannerSettings = [
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'plan_cache_mode=force_generic_plan',
] as const
