import { z } from 'zod'
import { absent, Inputs, Tag } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const Script = z.looseObject({
  type: z.literal('script'),
  path: z.string().min(1, 'is empty: it must be the path of a script'),
  input_transforms: Inputs,
  hash: absent(z.string()),
  tag_override: Tag,
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
