import { z } from 'zod'
import { absent, Inputs, Tag } from '../../definition/options.ts'
import type { Runnable } from '../../protocol.ts'
import { oneJob } from '../shared/one-job.ts'

const RawScript = z.looseObject({
  type: z.literal('rawscript'),
  content: z.string(),
  language: z.string(),
  input_transforms: Inputs,
  path: absent(z.string()),
  lock: absent(z.string()),
  tag: Tag,
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
      ...concurrencyOf(value),
    }),
    inputs: (value) => value.input_transforms,
  },
})

/** A limit of none is no limit. */
function concurrencyOf(value: RawScript): { readonly concurrency?: Concurrency } {
  const { concurrent_limit: limit, concurrency_time_window_s: windowS, custom_concurrency_key: key } = value
  return limit === undefined || limit === 0 ? {} : { concurrency: { limit, windowS, key } }
}

type Concurrency = NonNullable<Extract<Runnable, { kind: 'code' }>['concurrency']>
