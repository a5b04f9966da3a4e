import type { FlowModule } from '../definition/flow-module.ts'
import type { ParsedFlow } from '../definition/parse-flow.ts'
import type { StepOptions } from '../protocol.ts'

/** The options of a module that are passed on to the job of its step. */
export function stepOptions(flow: ParsedFlow, module: FlowModule): StepOptions {
  return {
    timeout: module.timeout,
    cacheTtlS: module.cache_ttl,
    deleteAfterS: module.delete_after_secs ?? (module.delete_after_use === true ? 0 : undefined),
    priority: module.priority,
    debouncing: module.debouncing,
    keepsTag: flow.value.preserve_step_tags,
  }
}
