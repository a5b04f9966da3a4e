import { z } from 'zod'
import { Approver } from '../flow-status.ts'
import { Job } from '../job.ts'
import { resource, type Reply } from '../route.ts'
import { Flag, JobId, Json, Text } from '../shapes.ts'

const Person = Text.max(255)

/** A number that tells the answers of one step apart; each is taken once. From 2^32 on it stands for one approval of a workflow. */
const ResumeId = z.coerce.number().int().min(0).max(8_589_934_591)

export const ResumeUrls = z.object({ approvalPage: z.string(), resume: z.string(), cancel: z.string() })
export type ResumeUrls = z.infer<typeof ResumeUrls>

/** What the page of somebody who is asked shows. */
export const ApprovalInfo = z.object({
  flow_id: z.string(),
  /** What the answer must have, as a JSON Schema. */
  form_schema: Json.optional(),
  /** What the step before said of it, and what it fills the form with. */
  description: Json.optional(),
  default_args: Json.optional(),
  enums: Json.optional(),
  approval_conditions: z
    .object({
      user_auth_required: z.boolean(),
      user_groups_required: z.array(z.string()),
      self_approval_disabled: z.boolean(),
    })
    .optional(),
  can_approve: z.boolean(),
  user_auth_required: z.boolean(),
  hide_cancel: z.boolean().optional(),
  skin: z.enum(['detailed', 'minimal']),
  step_summary: z.string().optional(),
  flow_summary: z.string().optional(),
  approvers: z.array(Approver),
  view_token: z.string().optional(),
})
export type ApprovalInfo = z.infer<typeof ApprovalInfo>

const byId = z.object({ id: JobId, resume_id: ResumeId })
const byJob = z.object({ job_id: JobId })
const bySignature = byId.extend({ signature: Text.max(200) })
const Approval = z.object({ approver: Person.optional() })
const answered = { kind: 'text', status: 201, description: 'A confirmation.' } as const satisfies Reply
const payload = { kind: 'json', schema: Json, optional: true } as const
const noFlow = ['job.not_found', 'flow_run.not_found'] as const
const answerProblems = [
  ...noFlow,
  'approval.bad_signature',
  'approval.expired',
  'approval.used',
  'approval.not_waiting',
  'approval.not_allowed',
] as const

export const approvals = resource({
  createJobSignature: {
    method: 'GET',
    path: '/w/:workspace/jobs/job_signature/:id/:resume_id',
    summary: 'The signature with which somebody answers a step, without an account.',
    auth: 'user',
    params: byId,
    query: Approval,
    reply: { kind: 'text', status: 200, description: 'The signature.' },
    problems: noFlow,
  },
  getResumeUrls: {
    method: 'GET',
    path: '/w/:workspace/jobs/resume_urls/:id/:resume_id',
    summary: 'Addresses to answer a step with: a page for people, one to go on, one to cancel.',
    auth: 'user',
    params: byId,
    query: Approval.extend({ flow_level: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: ResumeUrls },
    problems: noFlow,
  },
  getWacApprovalUrls: {
    method: 'GET',
    path: '/w/:workspace/jobs/wac_approval_urls/:id/:step_key',
    summary: 'Addresses to answer one approval of a workflow with, which are good while it waits for this one.',
    auth: 'user',
    params: z.object({ id: JobId, step_key: Text.min(1).max(500) }),
    query: Approval,
    reply: { kind: 'json', status: 200, schema: ResumeUrls },
    problems: ['job.not_found', 'workflow.not_one'],
  },
  resumeSuspendedJobGet: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/resume/:id/:resume_id/:signature',
    summary: 'Answer yes; `payload` is base64 of JSON.',
    auth: 'optional',
    acts: true,
    params: bySignature,
    query: Approval.extend({ payload: Text.optional() }),
    reply: answered,
    problems: answerProblems,
  },
  resumeSuspendedJobPost: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/resume/:id/:resume_id/:signature',
    summary: 'Answer yes; the body is what the next step sees as `resume`.',
    auth: 'optional',
    params: bySignature,
    query: Approval,
    body: payload,
    reply: answered,
    problems: answerProblems,
  },
  cancelSuspendedJobGet: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/cancel/:id/:resume_id/:signature',
    summary: 'Answer no.',
    auth: 'optional',
    acts: true,
    params: bySignature,
    query: Approval,
    reply: answered,
    problems: answerProblems,
  },
  cancelSuspendedJobPost: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/cancel/:id/:resume_id/:signature',
    summary: 'Answer no, with a body that says why.',
    auth: 'optional',
    params: bySignature,
    query: Approval,
    body: payload,
    reply: answered,
    problems: answerProblems,
  },
  getSuspendedJobFlow: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/get_flow/:id/:resume_id/:signature',
    summary: 'The run that waits, for those who are asked.',
    auth: 'optional',
    params: bySignature,
    query: Approval,
    reply: {
      kind: 'json',
      status: 200,
      schema: z.object({ job: Job, approvers: z.array(Approver), view_token: z.string().optional() }),
    },
    problems: [...noFlow, 'approval.bad_signature', 'approval.expired'],
  },
  getApprovalInfo: {
    method: 'GET',
    path: '/w/:workspace/jobs_u/flow/approval_info/:job_id',
    summary: 'What the page of somebody who is asked shows; `token` is a signature as `<resume id>.<signature>`.',
    auth: 'optional',
    params: byJob,
    query: z.object({ token: Text.max(300).optional(), approver: Person.optional() }),
    reply: { kind: 'json', status: 200, schema: ApprovalInfo },
    problems: [...noFlow, 'approval.bad_signature', 'approval.expired', 'approval.not_allowed', 'approval.not_waiting'],
  },
  resumeSuspended: {
    method: 'POST',
    path: '/w/:workspace/jobs_u/flow/resume_suspended/:job_id',
    summary: 'Answer as a signed-in member, or with a token.',
    auth: 'optional',
    params: byJob,
    body: {
      kind: 'json',
      schema: z.strictObject({
        payload: Json.optional(),
        approval_token: Text.max(300).nullish(),
        approver: Person.nullish(),
        approved: z.boolean().nullish(),
      }),
    },
    reply: answered,
    problems: answerProblems,
  },
  resumeSuspendedFlowAsOwner: {
    method: 'POST',
    path: '/w/:workspace/jobs/flow/resume/:id',
    summary: 'Answer yes as who may write the flow, or as an administrator.',
    auth: 'user',
    params: z.object({ id: JobId }),
    body: payload,
    reply: answered,
    problems: [...noFlow, 'approval.not_waiting', 'approval.not_allowed'],
  },
})
