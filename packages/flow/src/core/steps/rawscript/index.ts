import { z } from 'zod'
import { acted, kept } from '../../definition/field-rules.ts'
import { absent, AnyJson, Inputs, Tag } from '../../definition/options.ts'
import type { Runnable } from '../../protocol.ts'
import { oneJob } from '../shared/one-job.ts'

const RawScript = z.looseObject({
  type: acted('F30', z.literal('rawscript')),
  content: acted('F30', z.string()),
  language: acted('F30', z.string()),
  input_transforms: acted('F23', Inputs),
  path: acted('F30', absent(z.string())),
  lock: acted('F30', absent(z.string())),
  tag: acted('F48', Tag),
  concurrent_limit: acted('F30', absent(z.number().int().min(0))),
  concurrency_time_window_s: acted('F30', absent(z.number().int().min(0))),
  custom_concurrency_key: acted('F30', absent(z.string())),
  is_trigger: kept('that it looks for events, as editors sort it', absent(z.boolean())),
  assets: kept('what its code reads and writes, as editors found out', absent(AnyJson)),
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
