import { z } from 'zod'
import { acted, kept, refused } from '../../definition/field-rules.ts'
import { absent, AnyJson, Inputs, Tag } from '../../definition/options.ts'
import { oneJob } from '../shared/one-job.ts'

const KEPT_AGENTS = 'names an agent that is kept apart, and there are none: write the agent into the step'

const Agent = z
  .object({
    type: acted('F30', z.literal('aiagent')),
    input_transforms: acted('F23', Inputs),
    tools: acted(
      'F30',
      z
        .array(z.object({ id: acted('F30', z.string().min(1, 'is empty: a tool needs an id')) }).catchall(AnyJson))
        .nullish()
        .transform((tools) => tools ?? []),
    ),
    tag: acted('F48', Tag),
    agent: refused(KEPT_AGENTS),
    tool_inputs: refused(KEPT_AGENTS),
    parallel: acted('F30', absent(z.boolean())),
    omit_output_from_conversation: kept('conversations are no list of their own here', absent(z.boolean())),
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
