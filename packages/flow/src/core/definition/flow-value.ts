import { z } from 'zod'
import { Module } from './module-schema.ts'
import { absent, Seconds } from './options.ts'

/** The value of a flow. Fields that only editors know (`notes`, `groups`) are kept. */
export const FlowValue = z.looseObject({
  modules: z.array(Module),
  failure_module: absent(Module),
  preprocessor_module: absent(Module),
  same_worker: absent(z.boolean()),
  preserve_step_tags: absent(z.boolean()),
  concurrent_limit: absent(z.number().int().min(0)),
  concurrency_time_window_s: absent(Seconds),
  concurrency_key: absent(z.string()),
  debounce_delay_s: absent(Seconds),
  debounce_key: absent(z.string()),
  debounce_args_to_accumulate: absent(z.array(z.string())),
  max_total_debouncing_time: absent(Seconds),
  max_total_debounces_amount: absent(z.number().int().min(0)),
  skip_expr: absent(z.string()),
  cache_ttl: absent(Seconds),
  cache_ignore_s3_path: absent(z.boolean()),
  delete_after_secs: absent(Seconds),
  flow_env: absent(z.record(z.string(), z.unknown())),
  priority: absent(z.number().int().min(0).max(100)),
  early_return: absent(z.string()),
  chat_input_enabled: absent(z.boolean()),
})
export type FlowValue = z.infer<typeof FlowValue>
