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
    tag: AnyJson.nullish(),
    agent: AnyJson.nullish(),
    tool_inputs: AnyJson.nullish(),
    parallel: AnyJson.nullish(),
    omit_output_from_conversation: AnyJson.nullish(),
  })
  .catchall(AnyJson)
type Agent = z.infer<typeof Agent>

/** A model that may call tools, run as one job by an executor of its own. */
export const aiagent = oneJob<Agent>({
  id: 'aiagent',
  info: { label: 'AI agent', description: 'Lets a model work with tools until it has an answer.' },
  refusal:
    'is of a type that no worker of this server runs: call the model from a script, and let the flow branch on what it says',
  definition: () => Agent,
  job: {
    runnable: (value) => ({ kind: 'agent', value: { ...value } }),
    inputs: (value) => value.input_transforms,
  },
})
