import { Text, type Route } from '@millrace/contracts'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { parseWith } from './parse-with.ts'
import { readBody } from './read-body.ts'

/** Names of a path's parameters in order. */
export function paramNames(path: string): readonly string[] {
  return path
    .split('/')
    .filter((segment) => /^[:*]/.test(segment))
    .map((segment) => segment.slice(1))
}

/** A parser of requests for a route: path parameters by name, `query` and `body`. */
export function inputReader(route: Route): (request: FastifyRequest) => Readonly<Record<string, unknown>> {
  const plain = z.object(Object.fromEntries(paramNames(route.path).map((name) => [name, Text])))
  const params = route.params ? plain.extend(route.params.shape) : plain
  const query = route.query ?? z.object({})
  return (request) => ({
    ...parseWith(params, readParams(route, request), 'path'),
    query: parseWith(query, joinRepeated(request.query), 'query'),
    body: readBody(route.body, request),
  })
}

/** The parameters as they stand in the address, decoded; a tail is under its name. */
export function readParams(route: Route, request: FastifyRequest): Readonly<Record<string, string>> {
  const { '*': tail, ...params } = request.params as Record<string, string>
  const last = paramNames(route.path).at(-1)
  return tail === undefined || last === undefined ? params : { ...params, [last]: tail }
}

/** A key that is given more than once is a list, and lists are written with commas. */
function joinRepeated(query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return {}
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : (value as unknown)]),
  )
}
