import { z } from 'zod'
import { AnyJson, Inputs } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const Agent = z
  .object({
    type: z.literal('aiagent'),
    input_transforms: Inputs,
    tools: z
      .array(z.object({ id: z.string().min(1, 'is empty: a tool needs an id') }).catchall(AnyJson))
      .nullish()
      .transform((tools) => tools ?? []),
  })
  .catchall(AnyJson)
type Agent = z.infer<typeof Agent>

/** A model that may call tools, run as one job by an executor of its own. */
export const aiagent = oneJob<Agent>({
  id: 'aiagent',
  info: { label: 'AI agent', description: 'Lets a model work with tools until it has an answer.' },
  definition: () => Agent,
  job: {
    runnable: (value) => ({ kind: 'agent', value }),
    inputs: (value) => value.input_transforms,
  },
})
