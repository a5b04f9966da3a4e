import { z } from 'zod'
import type { Json } from '../json.ts'

/** A field that may be absent; clients also say so by null. */
export function absent<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined)
}

/** Any value, kept as it is. */
export const AnyJson = z.custom<Json>((value) => value !== undefined)

/** The tag of a step's job; editors write an empty one for none. */
export const Tag = absent(z.string()).transform((tag) => (tag === '' ? undefined : tag))

/** Where a value comes from. What else stands beside it (a stale `value` beside `expr`) means nothing. */
export const Transform = z.discriminatedUnion('type', [
  z.object({ type: z.literal('static'), value: AnyJson.optional() }),
  z.object({ type: z.literal('javascript'), expr: z.string() }),
  z.object({ type: z.literal('ai') }),
])

/** Inputs of a step by name. */
export const Inputs = z
  .record(z.string(), Transform)
  .nullish()
  .transform((inputs) => inputs ?? {})

/** A number of seconds, written as such or to be evaluated. */
export const NumberOrTransform = z.union([
  z
    .number()
    .min(0)
    .transform((value) => ({ type: 'static' as const, value })),
  Transform,
])

export const Seconds = z.number().min(0).max(2_147_483_647)

const Attempts = z.number().int().min(0).max(10_000)

const Condition = z.looseObject({ expr: z.string() })

export const StopAfterIf = z.looseObject({
  expr: z.string(),
  skip_if_stopped: absent(z.boolean()),
  /** The flow fails with it; an empty one stands for a text of ours. */
  error_message: absent(z.string()),
  error_include_result: absent(z.boolean()),
})
export type StopAfterIf = z.infer<typeof StopAfterIf>

/** Constant attempts come first, then exponential ones; both where `retry_if` holds, if there is one. */
export const Retry = z.looseObject({
  constant: absent(z.looseObject({ attempts: Attempts, seconds: Seconds })),
  exponential: absent(
    z.looseObject({
      attempts: Attempts,
      multiplier: z.number().min(0).max(1_000_000),
      seconds: Seconds,
      /** Percent. */
      random_factor: absent(z.number().min(0).max(100)),
    }),
  ),
  retry_if: absent(Condition),
})
export type Retry = z.infer<typeof Retry>

export const Suspend = z.looseObject({
  required_events: absent(z.number().int().min(0).max(10_000)),
  /** Seconds. */
  timeout: absent(Seconds),
  resume_form: absent(z.looseObject({ schema: absent(AnyJson) })),
  user_auth_required: absent(z.boolean()),
  user_groups_required: absent(Transform),
  self_approval_disabled: absent(z.boolean()),
  hide_cancel: absent(z.boolean()),
  continue_on_disapprove_timeout: absent(z.boolean()),
})
export type Suspend = z.infer<typeof Suspend>

export const Mock = z.looseObject({ enabled: absent(z.boolean()), return_value: AnyJson.optional() })

/** The fields of a module beside its id and its value. */
export const ModuleOptions = {
  summary: absent(z.string()),
  stop_after_if: absent(StopAfterIf),
  stop_after_all_iters_if: absent(StopAfterIf),
  skip_if: absent(Condition),
  sleep: absent(NumberOrTransform),
  cache_ttl: absent(Seconds),
  timeout: absent(NumberOrTransform),
  delete_after_secs: absent(Seconds),
  /** The older form of `delete_after_secs: 0`. */
  delete_after_use: absent(z.boolean()),
  mock: absent(Mock),
  suspend: absent(Suspend),
  priority: absent(z.number().int().min(0).max(100)),
  continue_on_error: absent(z.boolean()),
  retry: absent(Retry),
}
