import { z } from 'zod'
import { ExportableCompletedJob, ExportableQueuedJob } from '../exportable-job.ts'
import { resource } from '../route.ts'
import { JobId } from '../shapes.ts'

/** Jobs in one import or deletion; the size of a body is limited as well. */
const JOBS_MAX = 10_000

const ExportPage = z.object({
  /** 1-based; a page that is asked for within a minute after the one before it goes on where that ended. */
  page: z.coerce.number().int().min(0).max(1_000_000).optional(),
  /** 30 unless told. */
  per_page: z.coerce.number().int().min(1).max(1000).optional(),
  /** Only jobs with a higher id than this: the last id of a page leads to the next one, however much ends meanwhile. */
  after: JobId.optional(),
})

export const jobTransfer = resource({
  exportCompletedJobs: {
    method: 'GET',
    path: '/w/:workspace/jobs/completed/export',
    summary: 'Finished jobs with arguments, results and logs, by id, to be imported elsewhere.',
    auth: 'user',
    query: ExportPage,
    reply: { kind: 'json', status: 200, schema: z.array(ExportableCompletedJob) },
  },
  importCompletedJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs/completed/import',
    summary: 'Keep jobs that ended elsewhere as they ended: none runs, and nobody is told. All are kept or none.',
    auth: 'user',
    body: { kind: 'json', schema: z.array(ExportableCompletedJob).max(JOBS_MAX) },
    reply: {
      kind: 'text',
      status: 200,
      description: 'How many were imported, and which ids are taken, as a sentence.',
    },
  },
  exportQueuedJobs: {
    method: 'GET',
    path: '/w/:workspace/jobs/queue/export',
    summary: 'Jobs that wait and have not begun, by id, to be imported elsewhere; steps of flows are none of them.',
    auth: 'user',
    query: ExportPage,
    reply: { kind: 'json', status: 200, schema: z.array(ExportableQueuedJob) },
  },
  importQueuedJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs/queue/import',
    summary:
      'Enqueue jobs that waited elsewhere, under their ids: of the version that they name, or else of the one at their path, with its limits; in the name of the caller, unless that is a superadmin. All are enqueued or none.',
    auth: 'user',
    body: { kind: 'json', schema: z.array(ExportableQueuedJob).max(JOBS_MAX) },
    reply: {
      kind: 'text',
      status: 200,
      description: 'How many were imported, and which ids are taken, as a sentence.',
    },
    problems: [
      'job.exists',
      'job.not_importable',
      'script.not_found',
      'script.unknown_language',
      'flow.not_found',
      'flow.invalid',
      'tag.restricted',
      'tag.unresolved',
    ],
  },
  deleteJobs: {
    method: 'POST',
    path: '/w/:workspace/jobs/delete',
    summary: 'Forget jobs: finished ones at once, ones that wait after they are cancelled; what has begun is left.',
    auth: 'user',
    body: { kind: 'json', schema: z.array(JobId).max(JOBS_MAX) },
    reply: { kind: 'text', status: 200, description: 'How many were deleted and how many are left, as a sentence.' },
  },
})
