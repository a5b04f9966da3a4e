import { z } from 'zod'
import { CompletedJob } from '../job.ts'
import { resource } from '../route.ts'
import { Flag, JobId, Json, Text, WorkspaceId } from '../shapes.ts'

const JOBS_MAX = 10_000
const WEEK_S = 604_800
const byId = z.object({ id: JobId })

/** Selected runs of one script or flow, by the versions that ran; a schema is null where the version is gone or has none. */
export const JobGroup = z.object({
  kind: z.enum(['script', 'flow']),
  script_path: z.string(),
  latest_schema: Json,
  schemas: z.array(z.object({ schema: Json, script_hash: z.string(), job_ids: z.array(z.string()) })),
})
export type JobGroup = z.infer<typeof JobGroup>

export const finishedJobs = resource({
  countCompletedJobs: {
    method: 'GET',
    path: '/w/:workspace/jobs/completed/count_jobs',
    summary: 'How many jobs have ended, of those that are kept.',
    auth: 'user',
    query: z.object({
      /** Only those that ended in the last so many seconds. */
      completed_after_s_ago: z.coerce.number().int().min(0).max(WEEK_S).optional(),
      success: Flag.optional(),
      /** With commas between them. */
      tags: Text.max(10_000).optional(),
      all_workspaces: Flag.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.number() },
  },
  countJobsByTag: {
    method: 'GET',
    path: '/jobs/completed/count_by_tag',
    summary: 'How many jobs of each tag ended in the last `horizon_secs` (an hour, at most a week).',
    auth: 'superadmin',
    query: z.object({
      horizon_secs: z.coerce.number().int().min(1).max(WEEK_S).optional(),
      workspace_id: WorkspaceId.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(z.object({ tag: z.string(), count: z.number() })) },
  },
  getDbClock: {
    method: 'GET',
    path: '/jobs/db_clock',
    summary: 'The time by the clock of the database, in milliseconds since 1970: all times of jobs are by it.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.number() },
  },
  getCompletedJobLogsTail: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_completed_logs_tail/:id',
    summary: 'The end of the log of a job that has ended: its last 50,000 characters.',
    auth: 'user',
    params: byId,
    reply: { kind: 'text', status: 200, description: 'The end of the log.' },
    problems: ['job.not_found'],
  },
  deleteCompletedJob: {
    method: 'POST',
    path: '/w/:workspace/jobs/completed/delete/:id',
    summary: 'Erase arguments, result and log of a job that has ended, and of the steps below it; that it ran is kept.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: CompletedJob },
    problems: ['job.not_found'],
  },
  listSelectedJobGroups: {
    method: 'POST',
    path: '/w/:workspace/jobs/list_selected_job_groups',
    summary: 'Runs of scripts and flows by what they ran, with the schemas of the versions; other jobs are left out.',
    auth: 'user',
    body: { kind: 'json', schema: z.array(JobId).max(JOBS_MAX) },
    reply: { kind: 'json', status: 200, schema: z.array(JobGroup) },
  },
})
