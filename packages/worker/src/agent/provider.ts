import { err, ok, type Result } from '@millrace/base/result'
import { z } from 'zod'
import type { AgentFault } from './fault.ts'
import { chatCompletions } from './protocols/chat-completions.ts'
import { messages } from './protocols/messages.ts'
import type { Endpoint, ModelProtocol } from './protocols/model-protocol.ts'

/** What is known of a provider without being told. */
interface ProviderKind {
  readonly protocol: ModelProtocol
  /** Undefined where each customer has one of its own. */
  readonly baseUrl?: string
  readonly place?: (endpoint: { readonly baseUrl: string; readonly model: string; readonly version: string }) => string
  readonly keyHeader?: string
  /** What the limit of an answer's length is called. */
  readonly lengthField?: string
  /** Whether it makes the model keep to a JSON Schema. */
  readonly hasSchemas?: boolean
}

const kinds: Readonly<Record<string, ProviderKind>> = {
  openai: {
    protocol: chatCompletions,
    baseUrl: 'https://api.openai.com/v1',
    lengthField: 'max_completion_tokens',
    hasSchemas: true,
  },
  azure_openai: {
    protocol: chatCompletions,
    place: azurePlace,
    keyHeader: 'api-key',
    lengthField: 'max_completion_tokens',
    hasSchemas: true,
  },
  azure_foundry: { protocol: chatCompletions, place: azurePlace, keyHeader: 'api-key' },
  anthropic: { protocol: messages, baseUrl: 'https://api.anthropic.com/v1', keyHeader: 'x-api-key' },
  mistral: { protocol: chatCompletions, baseUrl: 'https://api.mistral.ai/v1', hasSchemas: true },
  deepseek: { protocol: chatCompletions, baseUrl: 'https://api.deepseek.com/v1' },
  googleai: {
    protocol: chatCompletions,
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    hasSchemas: true,
  },
  groq: { protocol: chatCompletions, baseUrl: 'https://api.groq.com/openai/v1' },
  openrouter: { protocol: chatCompletions, baseUrl: 'https://openrouter.ai/api/v1', hasSchemas: true },
  togetherai: { protocol: chatCompletions, baseUrl: 'https://api.together.xyz/v1', hasSchemas: true },
  customai: { protocol: chatCompletions, hasSchemas: true },
}

const Text = z
  .string()
  .nullish()
  .transform((text) => text || undefined)

const Price = z.object({ input_per_million: z.number().min(0), output_per_million: z.number().min(0) })

/** What a provider and the resource that it names may both say. */
const Access = z.looseObject({
  api_key: Text,
  apiKey: Text,
  token: Text,
  base_url: Text,
  baseUrl: Text,
  api_version: Text,
  organization_id: Text,
  headers: z.record(z.string(), z.string()).nullish(),
  price: Price.nullish(),
})

/** The input `provider` of an agent. */
export const Provider = Access.extend({
  kind: z.string(),
  model: z.string().min(1, 'is empty'),
  resource: Access.nullish(),
  reasoning_effort: Text,
})
export type Provider = z.infer<typeof Provider>

/** A model, and how it is reached. */
export interface Model {
  readonly protocol: ModelProtocol
  readonly endpoint: Endpoint
  /** What a million of tokens costs, if that is known. */
  readonly price: z.infer<typeof Price> | undefined
}

/** Where the model of a provider is; the error says what is missing. */
export function modelOf(provider: Provider): Result<Model, AgentFault> {
  const kind = Object.hasOwn(kinds, provider.kind) ? kinds[provider.kind] : undefined
  if (!kind)
    return bad(
      `the provider's kind is ${JSON.stringify(provider.kind)}: it must be one of ${Object.keys(kinds).join(', ')}; customai is any server that speaks the protocol of chat completions`,
    )
  const access = Access.parse({ ...provider.resource, ...present(provider) })
  const baseUrl = (access.base_url ?? access.baseUrl ?? kind.baseUrl)?.replace(/\/+$/, '')
  if (baseUrl === undefined || !/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl))
    return bad(`the provider ${provider.kind} needs a base_url, such as https://host/v1: write it into its resource`)
  const { model, reasoning_effort: effort } = provider
  const key = access.api_key ?? access.apiKey ?? access.token
  const version = access.api_version ?? '2024-10-21'
  return ok({
    protocol: kind.protocol,
    price: access.price ?? undefined,
    endpoint: {
      baseUrl: kind.place?.({ baseUrl, model, version }) ?? baseUrl,
      model,
      effort,
      headers: {
        ...access.headers,
        ...(access.organization_id !== undefined && { 'openai-organization': access.organization_id }),
        ...(key !== undefined && keyHeader(kind, key)),
      },
      secrets: [...(key === undefined ? [] : [key]), ...Object.values(access.headers ?? {})],
      lengthField: kind.lengthField ?? 'max_tokens',
      hasSchemas: kind.hasSchemas ?? false,
    },
  })
}

/** Where a key is written into the inputs themselves, which are kept with the job: its place. References to it are fine. */
export function findPlainKey(provider: unknown): string | undefined {
  const holders = [
    ['provider', provider],
    ['provider.resource', fieldOf(provider, 'resource')],
  ] as const
  for (const [place, holder] of holders)
    for (const name of ['api_key', 'apiKey', 'token']) {
      const value = fieldOf(holder, name)
      if (typeof value === 'string' && value !== '' && !/^\$(?:var|res):/.test(value)) return `${place}.${name}`
    }
  return undefined
}

function keyHeader({ keyHeader: name }: ProviderKind, key: string): Readonly<Record<string, string>> {
  return name === undefined ? { authorization: `Bearer ${key}` } : { [name]: key }
}

/** The newer form has the model in the body; the older one has a place for each deployment. */
function azurePlace({ baseUrl, model, version }: { baseUrl: string; model: string; version: string }): string {
  if (baseUrl.endsWith('/v1')) return baseUrl
  const place = /\/deployments\//.test(baseUrl) ? baseUrl : `${baseUrl}/deployments/${encodeURIComponent(model)}`
  return `${place}?api-version=${encodeURIComponent(version)}`
}

function present(provider: Provider): object {
  return Object.fromEntries(Object.entries(provider).filter(([, value]) => value !== undefined && value !== null))
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function bad(message: string): Result<Model, AgentFault> {
  return err({ name: 'BadAgentInput', message })
}
