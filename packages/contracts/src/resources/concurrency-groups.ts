import { z } from 'zod'
import { JobFilter } from '../job-filter.ts'
import { Job } from '../job.ts'
import { resource } from '../route.ts'
import { JobId, Text } from '../shapes.ts'

export const ConcurrencyGroup = z.object({
  concurrency_key: z.string(),
  /** Jobs that hold a slot, time windows included. */
  total_running: z.number(),
  limit: z.number(),
  waiting: z.number(),
})
export type ConcurrencyGroup = z.infer<typeof ConcurrencyGroup>

export const ExtendedJobs = z.object({
  jobs: z.array(Job),
  /** Jobs of others that hold slots of the key. */
  obscured_jobs: z.array(
    z.object({ typ: z.string().optional(), started_at: z.string().optional(), duration_ms: z.number().optional() }),
  ),
  omitted_obscured_jobs: z.boolean().optional(),
})
export type ExtendedJobs = z.infer<typeof ExtendedJobs>

export const concurrencyGroups = resource({
  listConcurrencyGroups: {
    method: 'GET',
    path: '/concurrency_groups/list',
    summary: 'Keys that limit how many of their jobs run at once, most used first.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(ConcurrencyGroup) },
  },
  deleteConcurrencyGroup: {
    method: 'DELETE',
    path: '/concurrency_groups/prune/*key',
    summary: 'Forget a key, the slots of its time windows included.',
    auth: 'superadmin',
    params: z.object({ key: Text.max(1000) }),
    reply: { kind: 'json', status: 200, schema: z.object({}) },
    problems: ['concurrency_group.in_use'],
  },
  getConcurrencyKey: {
    method: 'GET',
    path: '/concurrency_groups/:id/key',
    summary: 'The key of a job; null when it has none.',
    auth: 'user',
    params: z.object({ id: JobId }),
    reply: { kind: 'json', status: 200, schema: z.string().nullable() },
    problems: ['job.not_found'],
  },
  listExtendedJobs: {
    method: 'GET',
    path: '/w/:workspace/concurrency_groups/list_jobs',
    summary: 'Jobs with a concurrency key, and shadows of jobs elsewhere that hold slots of the key that is named.',
    auth: 'user',
    query: JobFilter,
    reply: { kind: 'json', status: 200, schema: ExtendedJobs },
  },
})
