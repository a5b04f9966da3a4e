import { ScriptOptions } from '@millrace/contracts'
import { jobOptions, type JobOptions } from '@millrace/queue'

/** Which run of a flow, by a call or as a step. */
export interface FlowCallSubject {
  readonly workspace: string
  /** Of the flow. */
  readonly path: string
  readonly args: Readonly<Record<string, unknown>>
  /** Asked for by the call, instead of what the document says. */
  readonly cacheTtlS: number | undefined
}

const Limits = ScriptOptions.pick({
  concurrent_limit: true,
  concurrency_time_window_s: true,
  concurrency_key: true,
  debounce_delay_s: true,
  debounce_key: true,
  debounce_args_to_accumulate: true,
  max_total_debouncing_time: true,
  max_total_debounces_amount: true,
  cache_ttl: true,
  delete_after_secs: true,
})

/** What the document of a flow says of its runs as a whole, as scripts say it. */
export function flowLimits(value: unknown, subject: FlowCallSubject): JobOptions | undefined {
  // Keys that are made of the path are others than those of a script there.
  return jobOptions(Limits.safeParse(value).data ?? {}, { ...subject, path: `flow/${subject.path}` })
}
