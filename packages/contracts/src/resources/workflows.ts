import { z } from 'zod'
import { resource, type Route } from '../route.ts'
import { Args, jobUuid, runProblems } from '../run-routes.ts'
import { JobId, Json, Text } from '../shapes.ts'

/** A step of a workflow as code that ran in its own process. */
export const InlineCheckpoint = z.object({
  key: Text.min(1).max(500),
  result: Json.optional(),
  started_at: z.iso.datetime({ offset: true }).nullish(),
  duration_ms: z.number().int().min(0).nullish(),
})
export type InlineCheckpoint = z.infer<typeof InlineCheckpoint>

/** A step that a workflow as code has come to, as people see it. */
export const WorkflowStep = z.object({
  key: z.string(),
  kind: z.enum(['step', 'task', 'sleep', 'approval']),
  /** `waiting`: a task in the queue, or a sleep; `suspended`: people are asked. */
  status: z.enum(['waiting', 'running', 'suspended', 'success', 'failure', 'canceled', 'skipped']),
  /** Of a task: its job, and the script or flow that it runs where that is no function. */
  job_id: JobId.optional(),
  target: z.string().optional(),
  scheduled_for: z.string(),
  started_at: z.string().optional(),
  duration_ms: z.number().optional(),
  /** When a sleep or the time for an answer is over. */
  due_at: z.string().optional(),
  /** What it gave, of a failure `{error}`; absent where its job has it, while it is under way, or when it is long or erased. */
  result: z.unknown().optional(),
})
export type WorkflowStep = z.infer<typeof WorkflowStep>

/** What a function is called with. */
export const WorkflowTask = z.object({ args: Args })
export type WorkflowTask = z.infer<typeof WorkflowTask>

const runTask = <const P extends string>(path: P) =>
  ({
    method: 'POST',
    path,
    summary: 'Run a function of a script as a job of its own; for the job of the script.',
    auth: 'user',
    params: z.object({ id: JobId, entrypoint: Text.min(1).max(255) }),
    query: z.object({ tag: Text.max(255).optional() }),
    body: { kind: 'json', schema: WorkflowTask },
    reply: jobUuid,
    problems: [...runProblems, 'auth.forbidden', 'job.not_found', 'workflow.not_one'],
  }) as const satisfies Route

export const workflows = resource({
  runCodeWorkflowTask: runTask('/w/:workspace/jobs/workflow_as_code/:id/:entrypoint'),
  /** The path that the published clients call. */
  runWorkflowTask: runTask('/w/:workspace/jobs/run/workflow_as_code/:id/:entrypoint'),
  listWorkflowSteps: {
    method: 'GET',
    path: '/w/:workspace/jobs/workflow/steps/:id',
    summary: 'The steps that a workflow as code has come to, the first thousand in their order.',
    auth: 'user',
    params: z.object({ id: JobId }),
    reply: { kind: 'json', status: 200, schema: z.array(WorkflowStep) },
    problems: ['job.not_found', 'workflow.not_one'],
  },
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
