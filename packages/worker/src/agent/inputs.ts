import { err, ok, type Result } from '@millrace/base/result'
import { z } from 'zod'
import type { AgentFault } from './fault.ts'
import { findPlainKey, Provider } from './provider.ts'

/** A field that may be absent; clients also say so by null. */
function absent<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined)
}

const Schema = z.union([
  z.record(z.string(), z.unknown()),
  // Editors keep it as text.
  z.string().transform((text, ctx): Readonly<Record<string, unknown>> => {
    const parsed = z.record(z.string(), z.unknown()).safeParse(parse(text))
    if (parsed.success) return parsed.data
    ctx.addIssue({ code: 'custom', message: 'must be a JSON Schema' })
    return z.NEVER
  }),
])

const Said = z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content: z.string() })

const Memory = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('off') }),
  z.looseObject({ kind: z.literal('window'), context_length: z.number().int().min(0).max(1000) }),
  z.looseObject({ kind: z.literal('auto'), context_length: z.number().int().min(0).max(1000).nullish() }),
  z.looseObject({ kind: z.literal('manual'), messages: z.array(Said) }),
])

/** What an agent is given, as OpenFlow names it; `max_total_tokens` and `max_cost` are ours. */
const AgentInputs = z.looseObject({
  provider: Provider,
  output_type: absent(z.enum(['text', 'image'])),
  user_message: absent(z.string()),
  system_prompt: absent(z.string()),
  memory: absent(Memory),
  memory_id: absent(z.string().max(255)),
  previous_messages: absent(z.array(Said)),
  output_schema: absent(Schema),
  user_attachments: absent(z.array(z.unknown())),
  user_images: absent(z.array(z.unknown())),
  enabled_tools: absent(z.array(z.string())),
  max_completion_tokens: absent(z.number().int().min(1)),
  temperature: absent(z.number().min(0).max(2)),
  /** Calls of the model. */
  max_iterations: absent(z.number().int().min(1).max(1000)),
  /** Tokens of all calls of the model together, those in and those out; no call begins when they are spent. */
  max_total_tokens: absent(z.number().int().min(1)),
  /** The same of money, in the currency of the provider's `price`. */
  max_cost: absent(z.number().min(0)),
})
export type AgentInputs = z.infer<typeof AgentInputs>

/** Inputs whose references are resolved: what people and models say is taken as it is, whatever it looks like. */
const REFERRING = ['provider', 'system_prompt'] as const

/** Resolves the references in values; the error is a sentence. */
export type Resolve = (
  values: Readonly<Record<string, unknown>>,
) => Promise<Result<Readonly<Record<string, unknown>>, string>>

/** Reads the inputs of an agent as they are kept with its first call. */
export async function readInputs(
  given: Readonly<Record<string, unknown>>,
  resolve: Resolve,
): Promise<Result<AgentInputs, AgentFault>> {
  const place = findPlainKey(given['provider'])
  if (place !== undefined)
    return bad(
      `${place} is a key that would be kept with the job: put it into a secret variable, and write $var:<path>`,
    )
  const referring = REFERRING.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])
  const resolved = await resolve(Object.fromEntries(referring))
  if (!resolved.ok) return err({ name: 'UnresolvedArgument', message: resolved.error })
  const parsed = AgentInputs.safeParse({ ...given, ...resolved.value })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return bad(`the input ${issue?.path.join('.')} cannot be used: ${issue?.message}`)
  }
  const unmet = whyUnmet(parsed.data)
  return unmet === undefined ? ok(parsed.data) : bad(unmet)
}

function whyUnmet({ output_type, user_attachments, user_images, provider, max_cost, ...said }: AgentInputs) {
  if (output_type === 'image') return 'the output_type image is not made here: leave it out for text'
  if ((user_attachments ?? user_images ?? []).length > 0)
    return 'user_attachments are files of a bucket, which are not read here: write what they say into user_message'
  if (max_cost !== undefined && !provider.price && !provider.resource?.price)
    return 'max_cost needs the price of the model: write {"input_per_million", "output_per_million"} as price into the provider or its resource'
  const isSilent = said.user_message === undefined && (said.previous_messages ?? []).length === 0
  if (isSilent && said.memory?.kind !== 'manual') return 'there is no user_message: say what the agent is to do'
  return undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function bad(message: string): Result<AgentInputs, AgentFault> {
  return err({ name: 'BadAgentInput', message })
}
