import { z } from 'zod'
import { resource } from '../route.ts'
import { Instant, Text } from '../shapes.ts'

/** What a workspace has in the line of a tag. */
export const LineTenant = z.object({
  workspace_id: z.string(),
  waiting: z.number(),
  running: z.number(),
  weight: z.number(),
  /** Of the next 1,000 places in the line, those of this workspace. */
  next_places: z.number(),
  /** The same as a share, 0 to 1. */
  share: z.number(),
  /** More wait than were counted. */
  capped: z.boolean(),
})
export type LineTenant = z.infer<typeof LineTenant>

/** The unfinished jobs of one tag. */
export const Line = z.object({
  tag: z.string(),
  ready: z.number(),
  scheduled: z.number(),
  blocked: z.number(),
  suspended: z.number(),
  running: z.number(),
  /** Some of these counts ended at a bound: there are more. */
  capped: z.boolean(),
  /** Since the next job to be claimed was due; absent when none is ready. */
  head_age_ms: z.number().optional(),
  /** Live workers that take the tag. */
  workers: z.number(),
  /** Those with the most of the next places first, at most 100. */
  tenants: z.array(LineTenant),
})
export type Line = z.infer<typeof Line>

export const QueueStatus = z.object({
  tag: z.string(),
  waiting: z.number(),
  /** Seconds since the next job was due. */
  delay: z.number().optional(),
  running: z.number(),
  workers: z.number(),
})
export type QueueStatus = z.infer<typeof QueueStatus>

/** `queue_count_<tag>` or `queue_delay_<tag>` (seconds) over time. */
export const QueueMetric = z.object({
  id: z.string(),
  values: z.array(z.object({ created_at: Instant, value: z.number() })),
})

/** Samples of a stretch of time, by tag. */
export const QueueSeries = z.object({
  from: Instant,
  to: Instant,
  tags: z.array(
    z.object({
      tag: z.string(),
      samples: z.array(z.object({ at: Instant, waiting: z.number(), running: z.number(), delay_s: z.number() })),
    }),
  ),
})
export type QueueSeries = z.infer<typeof QueueSeries>

/** How many workers a group should have, and everything that it follows from. */
export const ScaleHint = z.object({
  group: z.string(),
  /** Whether the group's configuration asks for scaling. */
  enabled: z.boolean(),
  /** Workers that should be there. */
  wanted: z.number(),
  /** Live workers. */
  current: z.number(),
  /** A sentence with the figures. */
  why: z.string(),
  min_workers: z.number(),
  max_workers: z.number(),
  target_wait_ms: z.number(),
  /** `wanted` before its bounds. */
  needed: z.number(),
  slots_per_worker: z.number(),
  busy_slots: z.number(),
  /** Slots that what arrives keeps busy: rate × run. */
  arriving_slots: z.number(),
  /** Slots that drain what waits within the target. */
  draining_slots: z.number(),
  tags: z.array(
    z.object({
      tag: z.string(),
      arrivals_per_s: z.number(),
      waiting: z.number(),
      capped: z.boolean(),
      run_ms: z.number(),
      run_ms_from: z.enum(['outcomes', 'running', 'group', 'assumed']),
      /** Groups that take the tag; each is reckoned to do its part. */
      shared_by: z.number(),
    }),
  ),
})
export type ScaleHint = z.infer<typeof ScaleHint>

/** What happened to the shares of workspaces, or what they are. */
export const FairnessEvent = z.object({
  timestamp: Instant,
  /** `workspace.weigh`: its weight was changed · `workspace.share`: it stands in a line with others at this instant. */
  operation: z.enum(['workspace.weigh', 'workspace.share']),
  workspace_id: z.string(),
  parameters: z.record(z.string(), z.unknown()),
})
export type FairnessEvent = z.infer<typeof FairnessEvent>

const Counts = z.record(z.string(), z.number())

export const lines = resource({
  listLines: {
    method: 'GET',
    path: '/workers/lines',
    summary: 'Tags with unfinished jobs: depth by state, age of the head, workers, and the tenants with their shares.',
    auth: 'superadmin',
    query: z.object({
      /** Only this tag. */
      tag: Text.max(255).optional(),
      page: z.coerce.number().int().min(0).max(1000).optional(),
      per_page: z.coerce.number().int().min(1).max(200).optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(Line) },
  },
  getQueueStatus: {
    method: 'GET',
    path: '/workers/queue_status',
    summary: 'Tags with unfinished jobs: how many wait and run, and how long the next one has waited.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(QueueStatus) },
  },
  getCountsOfJobsWaitingPerTag: {
    method: 'GET',
    path: '/workers/queue_counts',
    summary: 'How many jobs wait for a worker, by tag; counts end at 10,000.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: Counts },
  },
  getCountsOfRunningJobsPerTag: {
    method: 'GET',
    path: '/workers/queue_running_counts',
    summary: 'How many jobs run, by tag.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: Counts },
  },
  getQueueMetrics: {
    method: 'GET',
    path: '/workers/queue_metrics',
    summary: 'Depth and delay of each tag over the last day.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(QueueMetric) },
  },
  getQueueMetricsSeries: {
    method: 'GET',
    path: '/workers/queue_metrics_series',
    summary: 'Depth, running jobs and delay of each tag over the last `window_secs` (an hour, at most 7 days).',
    auth: 'superadmin',
    query: z.object({ window_secs: z.coerce.number().int().min(60).max(604_800).optional() }),
    reply: { kind: 'json', status: 200, schema: QueueSeries },
  },
  getWorkspaceFairnessEvents: {
    method: 'GET',
    path: '/workers/workspace_fairness_events',
    summary:
      'What each workspace has of the lines in which several wait, at this instant, and the last 100 changes of weights; newest first.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(FairnessEvent) },
  },
  getScaleHint: {
    method: 'GET',
    path: '/workers/scale_hint',
    summary: 'How many workers each group should have, and everything that it follows from.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(ScaleHint) },
  },
})
