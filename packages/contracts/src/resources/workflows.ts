import { z } from 'zod'
import { resource } from '../route.ts'
import { JobId, Json, Text } from '../shapes.ts'

/** A step of a workflow as code that ran in its own process. */
export const InlineCheckpoint = z.object({
  key: Text.min(1).max(500),
  result: Json.optional(),
  started_at: z.iso.datetime({ offset: true }).nullish(),
  duration_ms: z.number().int().min(0).nullish(),
})
export type InlineCheckpoint = z.infer<typeof InlineCheckpoint>

export const workflows = resource({
  keepInlineCheckpoint: {
    method: 'POST',
    path: '/w/:workspace/jobs/wac/inline_checkpoint/:id',
    summary: 'Keep what a step of a workflow gave; for the workflow itself. A failure is answered as it is kept.',
    auth: 'user',
    params: z.object({ id: JobId }),
    body: { kind: 'json', schema: InlineCheckpoint },
    reply: { kind: 'json', status: 200, schema: z.object({ failure: z.unknown().optional() }) },
    problems: ['auth.forbidden', 'workflow.not_running', 'workflow.step_known'],
  },
})
