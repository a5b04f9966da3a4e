import { z } from 'zod'
import type { FlowModule } from '../definition/flow-module.ts'
import { Inputs, NumberOrTransform, Transform } from '../definition/options.ts'

const Modules = z.custom<readonly FlowModule[]>((value) => Array.isArray(value))

/** The value of a module of any kind, with the fields that decide how it runs. */
export const AnyStep = z.object({
  type: z.string(),
  content: z.string().default('{}'),
  input_transforms: Inputs,
  modules: Modules.default([]),
  iterator: Transform.optional(),
  skip_failures: z.boolean().default(false),
  parallel: z.boolean().default(false),
  squash: z.boolean().default(false),
  parallelism: NumberOrTransform.optional(),
  branches: z
    .array(z.object({ expr: z.string().default('true'), modules: Modules, skip_failure: z.boolean().default(false) }))
    .default([]),
  default: Modules.default([]),
})
export type AnyStep = z.infer<typeof AnyStep>
