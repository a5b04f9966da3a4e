import type { z } from 'zod'
import type { ModuleOptions } from './options.ts'

/** A step of a flow, a loop or a branch. Fields that only editors know are kept beside those that are named here. */
export interface FlowModule extends ParsedOptions {
  /** Unique in the whole flow. */
  readonly id: string
  readonly value: StepValue
}

/** What a step does; its kind knows the other fields. */
export interface StepValue {
  readonly type: string
}

type ParsedOptions = Partial<Readonly<z.infer<z.ZodObject<typeof ModuleOptions>>>>
