import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, graphql as execute } from 'graphql'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import type { QueryHost } from '../test-query-runtime.ts'
import { graphql } from './index.ts'

const schema = buildSchema(`
  input Point { x: Int!, y: Int! }
  type Query {
    hello(name: String!, times: Int = 1): String!
    sum(points: [Point!]!): Int!
    slow: Int!
  }
`)

let host: QueryHost
let server: Server
let api: { readonly base_url: string; readonly bearer_token: string }
const slow = Promise.withResolvers<void>()
const gone = Promise.withResolvers<void>()

const root = {
  hello: ({ name, times }: { name: string; times: number }) => `Hello ${name} `.repeat(times).trim(),
  sum: ({ points }: { points: readonly { x: number; y: number }[] }) =>
    points.reduce((sum, { x, y }) => sum + x + y, 0),
  slow: () => {
    slow.resolve()
    return gone.promise.then(() => 1)
  },
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('close', () => !response.writableEnded && gone.resolve())
  if (request.headers.authorization !== 'Bearer secret') return void response.writeHead(401).end('who are you?')
  if (request.url === '/moved') return void response.writeHead(308, { location: 'http://127.0.0.1:1/' }).end()
  if (request.url === '/big') return void response.end('{"data":{"n":12345678901234567890.10}}')
  const { query, variables, operationName } = JSON.parse((await request.toArray()).join(''))
  const value = await execute({ schema, source: query, rootValue: root, variableValues: variables, operationName })
  response.end(JSON.stringify(value))
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  api = { base_url: `http://127.0.0.1:${port}/`, bearer_token: 'secret' }
  host = await openQueryHost(graphql)
})
afterAll(async () => {
  await host?.close()
  server.closeAllConnections()
  server.close()
})
beforeEach((context) => {
  const { toolchain } = host
  context.skip(!toolchain.found, toolchain.found ? '' : toolchain.problem)
})

test('the starter runs, with the default of what is not given', async () => {
  const end = await host.run(graphql.info.starter, { api, name: 'World' }).ended
  expect(end).toMatchObject({ kind: 'result', value: { hello: 'Hello World' } })
})

test('objects are variables, and the first of several operations runs', async () => {
  const source = 'query first($points: [Point!]!) { sum(points: $points) } query other { slow }'
  expect(await host.run(source, { api, points: [{ x: 1, y: 2 }] }).ended).toMatchObject({ value: { sum: 3 } })
})

test('what the server refuses is told with its line', async () => {
  expect(await host.run('query {\n  nothing\n}', { api }).ended).toMatchObject({
    error: { name: 'QueryError', line: 2, message: expect.stringContaining('Cannot query field "nothing"') },
  })
})

test('an answer that is no GraphQL, a redirect and a server that is not there are told as such', async () => {
  const messageOf = async (changes: Readonly<Record<string, unknown>>) => {
    const end = await host.run('{ slow }', { api: { ...api, ...changes } }).ended
    return end.kind === 'error' ? end.error.message : 'a result'
  }
  expect(await messageOf({ bearer_token: 'wrong' })).toContain('answered 401, and no GraphQL: who are you?')
  expect(await messageOf({ base_url: `${api.base_url}moved` })).toContain('answered 308')
  expect(await messageOf({ base_url: 'http://127.79.1.2:8417/' })).toContain('ECONNREFUSED')
  expect(await messageOf({ base_url: 'file:///etc/passwd' })).toContain('"base_url" of the resource')
  expect(await messageOf({ custom_headers: { 'a b': '1' } })).toContain('cannot be sent: a b')
})

test('numbers keep their digits, and headers of the resource are sent', async () => {
  const custom = { base_url: `${api.base_url}big`, custom_headers: { authorization: 'Bearer secret' } }
  const end = await host.run('{ n }', { api: custom }).ended
  expect(end.kind === 'result' && end.json).toBe('{"n":12345678901234567890.10}')
})

test('a cancel gives up the request', async () => {
  const run = host.run('{ slow }', { api })
  await slow.promise
  run.kill('SIGTERM')
  expect(await run.ended).toMatchObject({ error: { message: expect.stringContaining('it was stopped') } })
  await gone.promise
})
