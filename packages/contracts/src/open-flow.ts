import { z } from 'zod'
import { Text } from './shapes.ts'

/**
 * A module as far as its envelope goes. What its kind and its options may say is read by the rules of flows, which name the module
 * and the place in the document where something is wrong; keys that they do not know are kept.
 */
export const FlowModule = z.looseObject({
  id: Text.max(255),
  value: z.looseObject({ type: Text.max(50) }),
  summary: Text.nullish(),
})
export type FlowModule = z.infer<typeof FlowModule>

/** The document of a flow: what runs, in the format OpenFlow. */
export const FlowValue = z.looseObject({
  modules: z.array(FlowModule),
  failure_module: FlowModule.nullish(),
  preprocessor_module: FlowModule.nullish(),
  same_worker: z.boolean().nullish(),
  early_return: Text.nullish(),
  chat_input_enabled: z.boolean().nullish(),
  flow_env: z.record(z.string(), z.unknown()).nullish(),
})
export type FlowValue = z.infer<typeof FlowValue>

/** One thing that is wrong with a document; `code` is permanent. */
export const FlowFault = z.object({
  code: z.string(),
  /** Id of the module, where it is one's. */
  module: z.string().optional(),
  /** Where in the document, such as `modules[2].value.iterator.expr`. */
  path: z.string(),
  message: z.string(),
})
export type FlowFault = z.infer<typeof FlowFault>

/** Where a flow is started again: at a step, an iteration or branch of it, or a step inside. */
export const FlowPlace = z.object({
  step_id: Text.min(1).max(255),
  /** From 0: which iteration of a loop or which branch. */
  branch_or_iteration_n: z.number().int().min(0).max(2_147_483_647).nullish(),
})

/** What a new run takes over of one that has ended. */
export const RestartedFrom = z.looseObject({
  flow_job_id: z.guid().toLowerCase(),
  step_id: Text.min(1).max(255),
  branch_or_iteration_n: z.number().int().min(0).max(2_147_483_647).nullish(),
  flow_version: z.number().int().nullish(),
  /** Steps inside of the one before, from the outside in. */
  nested_path: z.array(FlowPlace).max(100).nullish(),
})
export type RestartedFrom = z.infer<typeof RestartedFrom>
