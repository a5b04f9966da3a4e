import { z } from 'zod'
import { absent, Inputs } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const RawScript = z.looseObject({
  type: z.literal('rawscript'),
  content: z.string(),
  language: z.string(),
  input_transforms: Inputs,
  path: absent(z.string()),
  lock: absent(z.string()),
  tag: absent(z.string()),
  concurrent_limit: absent(z.number().int().min(0)),
  concurrency_time_window_s: absent(z.number().int().min(0)),
  custom_concurrency_key: absent(z.string()),
})
type RawScript = z.infer<typeof RawScript>

/** Code that is written in the flow. */
export const rawscript = oneJob<RawScript>({
  id: 'rawscript',
  info: { label: 'Code', description: 'Runs code that is written in the flow.' },
  definition: () => RawScript,
  mayStandApart: true,
  job: {
    runnable: (value) => ({
      kind: 'code',
      language: value.language,
      content: value.content,
      lock: value.lock,
      path: value.path,
      tag: value.tag,
      ...(value.concurrent_limit === undefined ? {} : { concurrency: concurrencyOf(value, value.concurrent_limit) }),
    }),
    inputs: (value) => value.input_transforms,
  },
})

function concurrencyOf(value: RawScript, limit: number) {
  return { limit, windowS: value.concurrency_time_window_s, key: value.custom_concurrency_key }
}
