import { z } from 'zod'
import { FlowPlace } from '../open-flow.ts'
import { resource } from '../route.ts'
import { Args } from '../run-routes.ts'
import { JobId, Json, Text } from '../shapes.ts'

/** Runs that are continued by one wish. */
const RUNS_MAX = 1000

/** What is changed of a step. */
export const FlowChange = z.strictObject({
  step_id: Text.min(1).max(255),
  /** Code in place of that of the step; of a step that runs a deployed script too. */
  code: Text.optional(),
  /** Inputs in place of those of the same name, as `input_transforms` has them. */
  inputs: z.record(z.string(), z.looseObject({ type: z.enum(['static', 'javascript']) })).optional(),
  /** What the step gives: it does not run. */
  result: Json.optional(),
})
export type FlowChange = z.infer<typeof FlowChange>

/** How a run that failed goes on. */
export const FlowFixWish = z.strictObject({
  changes: z.array(FlowChange).max(100).optional(),
  /** Arguments of the flow in place of those of the same name. */
  args: Args.optional(),
  /** Where it goes on; where it failed, unless this says otherwise. */
  from: FlowPlace.extend({ nested_path: z.array(FlowPlace).max(100).nullish() }).optional(),
  /** All runs that failed alike go on with the same changes: those of the same document, at the same step, with an error of the same name. */
  alike: z.boolean().optional(),
  /** Or these of them. */
  run_ids: z.array(JobId).max(RUNS_MAX).optional(),
  reason: Text.max(1000).optional(),
})
export type FlowFixWish = z.infer<typeof FlowFixWish>

/** What became of each run. */
export const FlowFixReply = z.object({
  fix_id: z.string(),
  continued: z.array(z.object({ run: z.string(), continued_by: z.string() })),
  refused: z.array(z.object({ run: z.string(), message: z.string() })),
})
export type FlowFixReply = z.infer<typeof FlowFixReply>

/** Where and with what a run failed. */
export const FlowFailure = z.object({
  /** The innermost step that failed. */
  step_id: z.string().optional(),
  error: z.object({ name: z.string(), message: z.string() }),
  /** Runs that failed alike and are not continued, itself among them; up to a thousand are told. */
  alike: z.array(z.string()),
})
export type FlowFailure = z.infer<typeof FlowFailure>

/** One thing that was changed; hashes are SHA-256 of the JSON text, null where nothing was there. */
export const ChangedPart = z.object({
  step_id: z.string().optional(),
  what: z.enum(['code', 'input', 'result', 'argument']),
  name: z.string().optional(),
  before_hash: z.string().nullable(),
  after_hash: z.string(),
})
export type ChangedPart = z.infer<typeof ChangedPart>

/** Who changed what of a run that failed. */
export const FlowFix = z.object({
  fix_id: z.string(),
  run: z.string(),
  continued_by: z.string(),
  changed_by: z.string(),
  at: z.string(),
  reason: z.string().optional(),
  changes: z.array(ChangedPart),
  /** Of the documents that ran and run. */
  before_hash: z.string(),
  after_hash: z.string(),
})
export type FlowFix = z.infer<typeof FlowFix>

const byId = z.object({ id: JobId })
const noRun = ['job.not_found', 'flow_run.not_found', 'flow_run.not_ended'] as const

export const flowFixes = resource({
  fixFlowRun: {
    method: 'POST',
    path: '/w/:workspace/jobs/flow/fix/:id',
    summary:
      'Change code, inputs or results of a run that failed, and run what is left of it; of all that failed alike too.',
    auth: 'user',
    params: byId,
    body: { kind: 'json', schema: FlowFixWish },
    reply: { kind: 'json', status: 201, schema: FlowFixReply },
    problems: [...noRun, 'flow_run.step_not_found', 'flow_run.continued', 'flow_run.not_failed', 'flow.invalid'],
  },
  getFlowFailure: {
    method: 'GET',
    path: '/w/:workspace/jobs/flow/failure/:id',
    summary: 'Where and with what a run failed, and which others failed alike.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: FlowFailure },
    problems: [...noRun, 'flow_run.not_failed'],
  },
  listFlowFixes: {
    method: 'GET',
    path: '/w/:workspace/jobs/flow/fixes/:id',
    summary: 'What was changed of a run: of the one that it continues, and by the one that continues it.',
    auth: 'user',
    params: byId,
    reply: { kind: 'json', status: 200, schema: z.array(FlowFix) },
    problems: ['job.not_found'],
  },
})
