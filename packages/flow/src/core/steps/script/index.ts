import { z } from 'zod'
import { acted, kept } from '../../definition/field-rules.ts'
import { absent, Inputs, Tag } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const Script = z.looseObject({
  type: acted('F30', z.literal('script')),
  path: acted('F30', z.string().min(1, 'is empty: it must be the path of a script')),
  input_transforms: acted('F23', Inputs),
  hash: acted('F30', absent(z.string())),
  tag_override: acted('F48', Tag),
  is_trigger: kept('that it looks for events, as editors sort it', absent(z.boolean())),
})
type Script = z.infer<typeof Script>

/** A script of the workspace. */
export const script = oneJob<Script>({
  id: 'script',
  info: { label: 'Script', description: 'Runs a script of the workspace.' },
  definition: () => Script,
  mayStandApart: true,
  job: {
    runnable: ({ path, hash, tag_override: tag }) => ({ kind: 'script', path, hash, tag }),
    inputs: (value) => value.input_transforms,
  },
})
