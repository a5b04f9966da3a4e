import { z } from 'zod'
import { resource } from '../route.ts'
import { Json, Page } from '../shapes.ts'

export const Config = z.object({ name: z.string(), config: z.record(z.string(), Json) })
export type Config = z.infer<typeof Config>

/** A worker that is alive, with what is known of it. */
export const WorkerPing = z.object({
  /** Unique for each start of a worker. */
  worker: z.string(),
  /** The host. */
  worker_instance: z.string(),
  /** Seconds since it was last heard of. */
  last_ping: z.number(),
  started_at: z.string(),
  ip: z.string(),
  /** Since its start. */
  jobs_executed: z.number(),
  custom_tags: z.array(z.string()),
  worker_group: z.string(),
  wm_version: z.string(),
  /** Share of its slots that are taken now, 0 to 1. */
  occupancy_rate: z.number(),
  slots: z.number(),
  /** How it keeps jobs apart, and whether it can keep them from each other and from itself. */
  sandbox: z.string(),
  isolated: z.boolean(),
  /** A job that it runs now; for superadmins. */
  current_job_id: z.string().optional(),
  current_job_workspace_id: z.string().optional(),
  /** Why it takes no jobs, or what it does not isolate. */
  notice: z.string().optional(),
})
export type WorkerPing = z.infer<typeof WorkerPing>

const byName = z.object({
  name: z.string().regex(/^[\w-]{1,100}$/, 'must be at most 100 letters, digits, _ and -'),
})

export const workerGroups = resource({
  listWorkerGroups: {
    method: 'GET',
    path: '/configs/list_worker_groups',
    summary: 'Worker groups; what may hold secrets (environment, init script) is shown to superadmins only.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(Config) },
  },
  listConfigs: {
    method: 'GET',
    path: '/configs/list',
    summary: 'Every configuration under its full name; that of a worker group is `worker__<group>`.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: z.array(Config) },
  },
  getConfig: {
    method: 'GET',
    path: '/configs/get/:name',
    summary: 'One configuration; null when there is none of that name.',
    auth: 'superadmin',
    params: byName,
    reply: { kind: 'json', status: 200, schema: z.record(z.string(), Json).nullable() },
  },
  updateConfig: {
    method: 'POST',
    path: '/configs/update/:name',
    summary: 'Set a configuration as a whole; workers of a group follow at once.',
    auth: 'superadmin',
    params: byName,
    body: { kind: 'json', schema: z.record(z.string(), Json) },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
  deleteConfig: {
    method: 'DELETE',
    path: '/configs/update/:name',
    summary: 'Delete a configuration; the group `default` is then as its workers’ own settings say.',
    auth: 'superadmin',
    params: byName,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['config.not_found'],
  },
  listWorkers: {
    method: 'GET',
    path: '/workers/list',
    summary: 'Workers that were heard of within `ping_since` seconds (300), the newest first.',
    auth: 'user',
    query: Page.extend({ ping_since: z.coerce.number().int().min(0).max(31_536_000).optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(WorkerPing) },
  },
})
