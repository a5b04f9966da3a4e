import { z } from 'zod'

/** How far a module of a run is. */
export const FlowModuleState = z.enum([
  'WaitingForPriorSteps',
  'WaitingForEvents',
  'WaitingForExecutor',
  'InProgress',
  'Success',
  'Failure',
])

/** Somebody who answered a module that waits for events. */
export const Approver = z.object({ resume_id: z.number(), approver: z.string() })
export type Approver = z.infer<typeof Approver>

/** What an agent did: its model said something, or called a tool. The job of each is there to be looked at. */
export const AgentAction = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), job_id: z.string() }),
  z.object({ type: z.literal('tool_call'), job_id: z.string(), function_name: z.string(), module_id: z.string() }),
  z.object({
    type: z.literal('mcp_tool_call'),
    call_id: z.string(),
    job_id: z.string(),
    function_name: z.string(),
    resource_path: z.string(),
  }),
])
export type AgentAction = z.infer<typeof AgentAction>

/** A module of a run as clients see it. */
export const FlowStatusModule = z.looseObject({
  type: FlowModuleState,
  id: z.string().optional(),
  /** The job of its step, or of its newest run. */
  job: z.string().optional(),
  /** Events that are missing. */
  count: z.number().optional(),
  progress: z.number().optional(),
  iterator: z
    .object({
      index: z.number().optional(),
      itered: z.array(z.unknown()).optional(),
      itered_len: z.number().optional(),
      args: z.unknown().optional(),
    })
    .optional(),
  /** Of its iterations or branches, by index; the first ones where there are many. */
  flow_jobs: z.array(z.string()).optional(),
  flow_jobs_success: z.array(z.boolean().nullable()).optional(),
  flow_jobs_duration: z
    .object({ started_at: z.array(z.string().nullable()), duration_ms: z.array(z.number().nullable()) })
    .optional(),
  branch_chosen: z.object({ type: z.enum(['branch', 'default']), branch: z.number().optional() }).optional(),
  branchall: z.object({ branch: z.number(), len: z.number() }).optional(),
  parallel: z.boolean().optional(),
  while_loop: z.boolean().optional(),
  approvers: z.array(Approver).optional(),
  /** Jobs of runs of it that failed and were tried again. */
  failed_retries: z.array(z.string()).optional(),
  skipped: z.boolean().optional(),
  /** Of an agent, in order; of a long one the first ones and the last. */
  agent_actions: z.array(AgentAction).optional(),
  /** By the same indices, of those that are over. */
  agent_actions_success: z.array(z.boolean()).optional(),
})
export type FlowStatusModule = z.infer<typeof FlowStatusModule>

/** How far a run of a flow is: a view of what its engine remembers. */
export const FlowStatus = z.object({
  /** Index of the module under way; the number of modules when all are over. */
  step: z.number(),
  modules: z.array(FlowStatusModule),
  user_states: z.record(z.string(), z.unknown()).optional(),
  preprocessor_module: FlowStatusModule.optional(),
  failure_module: FlowStatusModule.extend({ parent_module: z.string().optional() }),
  retry: z.object({ fail_count: z.number(), failed_jobs: z.array(z.string()) }).optional(),
  restarted_from: z.unknown().optional(),
})
export type FlowStatus = z.infer<typeof FlowStatus>
