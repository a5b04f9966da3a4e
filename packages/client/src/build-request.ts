import type { Route } from '@millrace/contracts'
import { ApiError } from './api-error.ts'

/** The input of a call before it is typed: path parameters by name, `query` and `body`. */
export type CallInput = Readonly<Record<string, unknown>>

/** What `fetch` is given, apart from the signal. */
export interface BuiltRequest {
  readonly url: string
  readonly method: Route['method']
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Writes a call as a request. `root` is the address of the API without a slash at its end (`https://host/api`). */
export function buildRequest(root: string, route: Route, input: CallInput): BuiltRequest {
  const url = `${root}${fillPath(route.path, input)}${writeQuery(input['query'])}`
  const body = writeBody(route, input['body'])
  return { url, method: route.method, ...body }
}

/** Fills `:name` and `*name`; a tail keeps its slashes, everything else is escaped. */
function fillPath(path: string, input: CallInput): string {
  return path
    .split('/')
    .map((segment) => {
      if (segment.startsWith(':')) return writeSegment(segment, readParam(segment, input))
      if (!segment.startsWith('*')) return segment
      const tail = readParam(segment, input)
      return tail
        .split('/')
        .map((part) => writeSegment(segment, part))
        .join('/')
    })
    .join('/')
}

function readParam(segment: string, input: CallInput): string {
  const value = input[segment.slice(1)]
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw invalid(`${segment.slice(1)} must be given as a text.`)
}

/** Dot segments are refused, escaped or not: URL parsers would resolve them to another endpoint. */
function writeSegment(segment: string, text: string): string {
  if (text === '') throw invalid(`${segment.slice(1)} must not be empty or have empty parts between its slashes.`)
  if (text === '.' || text === '..') throw invalid(`${segment.slice(1)} must not have the part "${text}".`)
  return encodeURIComponent(text)
}

function writeQuery(query: unknown): string {
  if (typeof query !== 'object' || query === null) return ''
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `?${text}` : ''
}

function writeBody(route: Route, body: unknown): { headers: Record<string, string>; body?: string } {
  if (!route.body) return { headers: {} }
  if (route.body.kind === 'text')
    return { headers: { 'content-type': 'text/plain' }, body: typeof body === 'string' ? body : '' }
  if (route.body.kind === 'args') return { headers: { 'content-type': 'application/json' }, body: toJson(body ?? {}) }
  if (body === undefined) return { headers: {} }
  return { headers: { 'content-type': 'application/json' }, body: toJson(body) }
}

function toJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw invalid('The body cannot be written as JSON.')
  return text
}

function invalid(message: string): ApiError {
  return new ApiError({ status: 400, code: 'request.invalid', message })
}
