import { ProblemReply, problems, type ProblemCode, type Route } from '@millrace/contracts'
import { z } from 'zod'
import { PRODUCT_VERSION } from '../product-version.ts'
import { contractRoutes, type ContractRoute } from './contract-routes.ts'

type Json = Readonly<Record<string, unknown>>

const ANY_ARGS = {
  type: 'object',
  additionalProperties: true,
  description: 'Arguments by name. JSON that is no object becomes the argument `body`.',
} as const

let text: string | undefined

/** The OpenAPI 3.1 document of every route of the contract, as JSON. */
export function openApiText(): string {
  text ??= JSON.stringify(openApiDocument())
  return text
}

/** Problems that a route may reply with, its own and those every route of its kind has. */
export function problemsOf({ route, name }: ContractRoute): readonly ProblemCode[] {
  const codes: ProblemCode[] = [
    'request.malformed',
    'request.invalid',
    'request.headers_too_large',
    'server.unavailable',
  ]
  if (route.body) codes.push('request.too_large', 'request.unsupported_media_type')
  if (/[:*]/.test(route.path)) codes.push('route.not_found', 'route.method_not_allowed')
  if (route.auth === 'user' || route.auth === 'superadmin')
    codes.push('auth.required', 'auth.forbidden', 'auth.cross_site')
  if (name === 'logout') codes.push('auth.cross_site')
  if (route.path.startsWith('/w/:workspace/') && route.auth !== 'optional') codes.push('workspace.not_found')
  return [...new Set([...codes, ...(route.problems ?? [])])]
}

function openApiDocument(): Json {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const registered of contractRoutes) {
    const path = registered.route.path.replace(/[:*](\w+)/g, '{$1}')
    const operations = (paths[path] ??= {})
    operations[registered.route.method.toLowerCase()] = operationOf(registered)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version: PRODUCT_VERSION,
      description: 'Deploy and run scripts, and read what became of them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api' }],
    tags: [...new Set(contractRoutes.map((each) => each.resource))].map((name) => ({ name })),
    security: [{ bearer: [] }, { cookie: [] }, { query: [] }],
    paths,
    components: {
      schemas: { Problem: toJsonSchema(ProblemReply, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'token' },
        query: { type: 'apiKey', in: 'query', name: 'token' },
      },
    },
  }
}

function operationOf(registered: ContractRoute): Json {
  const { route, name, resource } = registered
  const body = requestBody(route)
  return {
    operationId: name,
    tags: [resource],
    summary: route.summary,
    ...(route.auth === 'none' && { security: [] }),
    ...(route.auth === 'optional' && { security: [{}, { bearer: [] }, { cookie: [] }, { query: [] }] }),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(body && { requestBody: body }),
    responses: responsesOf(registered),
  }
}

function pathParameters(route: Route): readonly Json[] {
  return [...route.path.matchAll(/([:*])(\w+)/g)].map(([, kind, name = '']) => {
    const shape = route.params?.shape[name]
    const schema = shape ? toJsonSchema(z.object({ [name]: shape }), 'input') : undefined
    const properties = schema?.['properties'] as Record<string, Json> | undefined
    return {
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', minLength: 1, ...properties?.[name] },
      ...(kind === '*' && { description: 'May hold slashes, which are written as they are.' }),
    }
  })
}

function queryParameters(route: Route): readonly Json[] {
  if (!route.query) return []
  const schema = toJsonSchema(route.query, 'input')
  const required = new Set(schema['required'] as readonly string[] | undefined)
  return Object.entries(schema['properties'] as Record<string, Json>).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: property,
  }))
}

function requestBody(route: Route): Json | undefined {
  const { body } = route
  if (!body) return undefined
  if (body.kind === 'text') return { required: true, content: { 'text/plain': { schema: { type: 'string' } } } }
  if (body.kind === 'json')
    return {
      required: body.optional !== true,
      content: { 'application/json': { schema: toJsonSchema(body.schema, 'input') } },
    }
  return {
    required: false,
    content: {
      'application/json': { schema: ANY_ARGS },
      'application/x-www-form-urlencoded': { schema: ANY_ARGS },
      'text/plain': { schema: { type: 'string' } },
    },
  }
}

function responsesOf(registered: ContractRoute): Json {
  const { reply } = registered.route
  const responses: Record<string, unknown> = { [reply.status]: successOf(reply) }
  const byStatus = Map.groupBy(problemsOf(registered), (code) => problems[code].status)
  for (const [status, codes] of [...byStatus].sort(([a], [b]) => a - b))
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${problems[code].help}`).join('\n\n'),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }
  if (reply.kind === 'custom')
    for (const status of reply.otherStatuses)
      responses[status] = {
        description: 'The job failed; its `{error: {name, message, stack}}`.',
        content: { 'application/json': { schema: {} } },
      }
  return responses
}

function successOf(reply: Route['reply']): Json {
  switch (reply.kind) {
    case 'json':
      return {
        description: 'The answer.',
        content: { 'application/json': { schema: toJsonSchema(reply.schema, 'output') } },
      }
    case 'text':
      return {
        description: reply.description,
        content: { [reply.contentType ?? 'text/plain']: { schema: { type: 'string' } } },
      }
    case 'events': {
      const data = {
        type: 'string',
        contentMediaType: 'application/json',
        contentSchema: toJsonSchema(reply.schema, 'output'),
      }
      const schema = { type: 'object', properties: { data }, required: ['data'] }
      return {
        description: 'Server-sent events, each one JSON value.',
        content: { 'text/event-stream': { schema } },
      }
    }
    case 'custom':
      return { description: reply.description, content: { 'application/json': { schema: {} }, '*/*': { schema: {} } } }
    case 'redirect':
      return { description: reply.description, headers: { location: { schema: { type: 'string' } } } }
    case 'empty':
      return { description: 'Done.' }
  }
}

/** A schema of ours as JSON Schema; what JSON Schema cannot say (a NUL) is left to the reply 400. */
function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
  return rest
}
