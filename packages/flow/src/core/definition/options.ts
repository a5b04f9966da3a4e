import { z } from 'zod'
import type { Json } from '../json.ts'
import { acted, kept, refused } from './field-rules.ts'

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
  z.object({ type: acted('F23', z.literal('static')), value: acted('F23', AnyJson.optional()) }),
  z.object({ type: acted('F23', z.literal('javascript')), expr: acted('F23', z.string()) }),
  z.object({ type: acted('F23', z.literal('ai')) }),
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

const Condition = z.looseObject({ expr: acted('F10 F12', z.string()) })

export const StopAfterIf = z.looseObject({
  expr: acted('F15', z.string()),
  skip_if_stopped: acted('F15', absent(z.boolean())),
  /** The flow fails with it; an empty one stands for a text of ours. */
  error_message: acted('F15', absent(z.string())),
  error_include_result: acted('F15', absent(z.boolean())),
})
export type StopAfterIf = z.infer<typeof StopAfterIf>

/** Constant attempts come first, then exponential ones; both where `retry_if` holds, if there is one. */
export const Retry = z.looseObject({
  constant: acted('F12', absent(z.looseObject({ attempts: acted('F12', Attempts), seconds: acted('F12', Seconds) }))),
  exponential: acted(
    'F12',
    absent(
      z.looseObject({
        attempts: acted('F12', Attempts),
        multiplier: acted('F12', z.number().min(0).max(1_000_000)),
        seconds: acted('F12', Seconds),
        /** Percent. */
        random_factor: acted('F12', absent(z.number().min(0).max(100))),
      }),
    ),
  ),
  retry_if: acted('F12', absent(Condition)),
})
export type Retry = z.infer<typeof Retry>

export const Suspend = z.looseObject({
  required_events: acted('F17', absent(z.number().int().min(0).max(10_000))),
  /** Seconds. */
  timeout: acted('F17', absent(Seconds)),
  resume_form: acted('F17', absent(z.looseObject({ schema: acted('F17', absent(AnyJson)) }))),
  user_auth_required: acted('F17', absent(z.boolean())),
  user_groups_required: acted('F17', absent(Transform)),
  self_approval_disabled: acted('F17', absent(z.boolean())),
  hide_cancel: acted('F17', absent(z.boolean())),
  continue_on_disapprove_timeout: acted('F17', absent(z.boolean())),
  skin: kept('how much the page of an approval shows', absent(z.string())),
})
export type Suspend = z.infer<typeof Suspend>

export const Mock = z.looseObject({
  enabled: acted('F11', absent(z.boolean())),
  return_value: acted('F11', AnyJson.optional()),
})

/** Runs that reach the step soon after each other become one, the last. */
export const Debouncing = z.looseObject({
  debounce_delay_s: acted('F21', absent(Seconds)),
  debounce_key: acted('F21', absent(z.string())),
  debounce_args_to_accumulate: acted('F21', absent(z.array(z.string()))),
  max_total_debouncing_time: acted('F21', absent(Seconds)),
  max_total_debounces_amount: acted('F21', absent(z.number().int().min(0))),
})
export type Debouncing = z.infer<typeof Debouncing>

/** The fields of a module beside its id and its value. */
export const ModuleOptions = {
  summary: kept('its name in editors and on the page of a run', absent(z.string())),
  stop_after_if: acted('F15 F16 F37', absent(StopAfterIf)),
  stop_after_all_iters_if: acted('F15', absent(StopAfterIf), 'repeating'),
  skip_if: acted('F10', absent(Condition)),
  sleep: acted('F18', absent(NumberOrTransform)),
  cache_ttl: acted('F19', absent(Seconds), 'jobs'),
  cache_ignore_s3_path: refused('is for objects of a bucket, of which arguments hold none here: leave it out'),
  timeout: acted('F19', absent(NumberOrTransform), 'jobs'),
  delete_after_secs: acted('F22', absent(Seconds), 'jobs'),
  /** The older form of `delete_after_secs: 0`. */
  delete_after_use: acted('F22', absent(z.boolean()), 'jobs'),
  mock: acted('F11', absent(Mock)),
  suspend: acted('F17', absent(Suspend)),
  priority: acted('F19', absent(z.number().int().min(0).max(100)), 'jobs'),
  continue_on_error: acted('F14', absent(z.boolean())),
  retry: acted('F12', absent(Retry)),
  debouncing: acted('F21', absent(Debouncing), 'scripts'),
}
