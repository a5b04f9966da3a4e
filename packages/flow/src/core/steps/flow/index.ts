import { z } from 'zod'
import { Inputs } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const Flow = z.looseObject({
  type: z.literal('flow'),
  path: z.string().min(1, 'is empty: it must be the path of a flow'),
  input_transforms: Inputs,
})
type Flow = z.infer<typeof Flow>

/** Another flow of the workspace, which is a job like any other to this one: what stops it, stops only it. */
export const flow = oneJob<Flow>({
  id: 'flow',
  info: { label: 'Flow', description: 'Runs a flow of the workspace as a step.' },
  definition: () => Flow,
  job: {
    runnable: ({ path }) => ({ kind: 'flow', path }),
    inputs: (value) => value.input_transforms,
  },
})
