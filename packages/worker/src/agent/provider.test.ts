import { expect, test } from 'vitest'
import { placeBelow } from './protocols/model-protocol.ts'
import { findPlainKey, modelOf, Provider } from './provider.ts'

function endpointOf(provider: object) {
  const model = modelOf(Provider.parse({ model: 'm', ...provider }))
  if (!model.ok) return model.error.message
  const { baseUrl, headers } = model.value.endpoint
  return { url: placeBelow(baseUrl, 'chat/completions'), headers }
}

const bearer = { authorization: 'Bearer k' }

test.each([
  [{ kind: 'openai', resource: { api_key: 'k' } }, 'https://api.openai.com/v1/chat/completions', bearer],
  [{ kind: 'mistral', resource: { token: 'k' } }, 'https://api.mistral.ai/v1/chat/completions', bearer],
  [{ kind: 'groq', api_key: 'k' }, 'https://api.groq.com/openai/v1/chat/completions', bearer],
  [
    { kind: 'customai', resource: { api_key: 'no', base_url: 'http://h:1/v1/' }, api_key: 'k' },
    'http://h:1/v1/chat/completions',
    bearer,
  ],
  [
    { kind: 'azure_openai', resource: { baseUrl: 'https://x.openai.azure.com/openai', apiKey: 'k' } },
    'https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21',
    { 'api-key': 'k' },
  ],
  [
    { kind: 'azure_openai', resource: { baseUrl: 'https://x.openai.azure.com/openai/v1', apiKey: 'k' } },
    'https://x.openai.azure.com/openai/v1/chat/completions',
    { 'api-key': 'k' },
  ],
])('a provider is reached where its kind or its resource says: %j', (provider, url, headers) => {
  expect(endpointOf(provider)).toEqual({ url, headers })
})

test('a kind that is none, and one without an address, are told with what to do', () => {
  expect(endpointOf({ kind: 'constructor' })).toMatch(/one of openai, .*customai/)
  expect(endpointOf({ kind: 'customai', base_url: 'file:///etc' })).toMatch(/base_url/)
})

test('a key that stands in the inputs is found, one that is referred to is not', () => {
  expect(findPlainKey({ api_key: 'sk' })).toBe('provider.api_key')
  expect(findPlainKey({ resource: { apiKey: 'sk' } })).toBe('provider.resource.apiKey')
  expect(findPlainKey({ api_key: '$var:f/x/key', resource: '$res:f/x/ai' })).toBeUndefined()
})
