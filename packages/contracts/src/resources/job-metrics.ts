import { z } from 'zod'
import { resource } from '../route.ts'
import { JobId, Text } from '../shapes.ts'

const byId = z.object({ id: JobId })

export const jobMetrics = resource({
  setJobProgress: {
    method: 'POST',
    path: '/w/:workspace/job_metrics/set_progress/:id',
    summary: 'Say how far a job is, in percent; it never goes back.',
    auth: 'user',
    params: byId,
    body: {
      kind: 'json',
      schema: z.strictObject({ percent: z.number().nullish(), flow_job_id: Text.nullish() }),
    },
    reply: { kind: 'json', status: 200, schema: z.null() },
    problems: ['job.not_found'],
  },
  getJobProgress: {
    method: 'GET',
    path: '/w/:workspace/job_metrics/get_progress/:id',
    summary: 'How far a job said that it is, in percent; null when it never said.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: z.number().nullable() },
    problems: ['job.not_found'],
  },
  resultById: {
    method: 'GET',
    path: '/w/:workspace/jobs/result_by_id/:flow_job_id/:node_id',
    summary: 'The result of a step of a flow.',
    auth: 'user',
    params: z.object({ flow_job_id: JobId, node_id: Text.max(255) }),
    reply: { kind: 'json', status: 200, schema: z.unknown() },
    problems: ['job.not_found'],
  },
})
