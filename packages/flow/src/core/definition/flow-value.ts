import { z } from 'zod'
import { acted, kept, refused } from './field-rules.ts'
import { Module } from './module-schema.ts'
import { absent, AnyJson, Seconds } from './options.ts'

/** The value of a flow. Fields that nobody knows are kept too. */
export const FlowValue = z.looseObject({
  modules: acted('F2 F44', z.array(Module)),
  failure_module: acted('F42', absent(Module)),
  preprocessor_module: acted('F40', absent(Module)),
  same_worker: acted('F45', absent(z.boolean())),
  preserve_step_tags: acted('F48', absent(z.boolean())),
  concurrent_limit: acted('F46', absent(z.number().int().min(0))),
  concurrency_time_window_s: acted('F46', absent(Seconds)),
  concurrency_key: acted('F46', absent(z.string())),
  debounce_delay_s: acted('F46', absent(Seconds)),
  debounce_key: acted('F46', absent(z.string())),
  debounce_args_to_accumulate: acted('F46', absent(z.array(z.string()))),
  max_total_debouncing_time: acted('F46', absent(Seconds)),
  max_total_debounces_amount: acted('F46', absent(z.number().int().min(0))),
  skip_expr: acted('F41', absent(z.string())),
  cache_ttl: acted('F47', absent(Seconds)),
  cache_ignore_s3_path: refused('is for objects of a bucket, of which arguments hold none here: leave it out'),
  delete_after_secs: acted('F22', absent(Seconds)),
  flow_env: acted('F24', absent(z.record(z.string(), z.unknown()))),
  priority: acted('F46', absent(z.number().int().min(0).max(100))),
  early_return: acted('F43', absent(z.string())),
  chat_input_enabled: acted('F49', absent(z.boolean())),
  notes: kept('what editors draw beside the steps', absent(AnyJson)),
  groups: kept('what editors draw around steps', absent(AnyJson)),
})
export type FlowValue = z.infer<typeof FlowValue>
