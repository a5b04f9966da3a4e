import { z } from 'zod'
import { acted } from '../../definition/field-rules.ts'
import { Inputs } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const Flow = z.looseObject({
  type: acted('F30', z.literal('flow')),
  path: acted('F30', z.string().min(1, 'is empty: it must be the path of a flow')),
  input_transforms: acted('F23', Inputs),
})
type Flow = z.infer<typeof Flow>

/** Another flow of the workspace, which is a job like any other to this one: what stops it, stops only it. */
export const flow = oneJob<Flow>({
  id: 'flow',
  info: { label: 'Flow', description: 'Runs a flow of the workspace as a step.' },
  definition: () => Flow,
  entry: { kind: 'call' },
  job: {
    runnable: ({ path }, entry) => ({ kind: 'flow', path, ...(entry?.called && { version: entry.called.version }) }),
    inputs: (value) => value.input_transforms,
  },
})
