import { ProblemReply, type Route } from '@millrace/contracts'
import { ApiError } from './api-error.ts'

/** Reads a whole reply by its content type and checks it against the route; throws an `ApiError` for a problem. */
export async function readReply(route: Route, response: Response): Promise<unknown> {
  const { reply } = route
  if (reply.kind === 'custom') return readCustom(response)
  if (!response.ok) throw toApiError(response, await readBody(response))
  if (reply.kind === 'json') return checkReply(reply.schema, response, await readBody(response))
  if (reply.kind === 'text') return response.text()
  await response.body?.cancel()
  return undefined
}

/** The error that a refused call is thrown as. */
export async function readProblem(response: Response): Promise<ApiError> {
  return toApiError(response, await readBody(response))
}

/** A job decides the status of such a reply, so that only a body in the form of a problem is one. */
async function readCustom(response: Response): Promise<unknown> {
  const body = await readBody(response)
  if (!response.ok && ProblemReply.safeParse(body).success) throw toApiError(response, body)
  return { status: response.status, headers: response.headers, body }
}

/** JSON as its value, text as a string, anything else as a Blob. */
async function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/json' || type.endsWith('+json')) return parseJson(response, await response.text())
  if (type === '' || type.startsWith('text/')) return response.text()
  return response.blob()
}

function parseJson(response: Response, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw badReply(response, 'its JSON cannot be read', cause)
  }
}

function checkReply(schema: { safeParse(value: unknown): Checked }, response: Response, body: unknown): unknown {
  const checked = schema.safeParse(body)
  if (checked.success) return checked.data
  throw badReply(response, 'it has another shape than this client knows', checked.error)
}

type Checked = { success: true; data: unknown } | { success: false; error: unknown }

function badReply(response: Response, why: string, cause: unknown): ApiError {
  return new ApiError({
    status: response.status,
    code: 'network.bad_reply',
    message: `The server's reply is not understood: ${why}. Client and server may be of different versions.`,
    requestId: response.headers.get('x-request-id') ?? undefined,
    cause,
  })
}

function toApiError(response: Response, body: unknown): ApiError {
  const { status } = response
  const retryAfterMs = readRetryAfter(response)
  const problem = ProblemReply.safeParse(body)
  if (problem.success) return new ApiError({ status, retryAfterMs, ...problem.data })
  const message = typeof body === 'string' && body.length < 500 && !body.includes('<') ? body.trim() : ''
  return new ApiError({
    status,
    code: 'network.bad_reply',
    message: message || `The server, or a proxy before it, replied with status ${status}.`,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterMs,
  })
}

function readRetryAfter(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds * 1000 : undefined
}
