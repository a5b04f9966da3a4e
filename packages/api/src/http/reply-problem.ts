import type { Logger } from '@millrace/base/logger'
import { Problem } from '@millrace/base/problem'
import { problems, type ProblemCode, type ProblemReply } from '@millrace/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseAway } from './database-away.ts'

/** The one exit of everything that went wrong: whatever was thrown becomes a problem that the caller may read. */
export function replyProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown, log: Logger): FastifyReply {
  const problem = toProblem(thrown)
  const code = isKnown(problem.code) ? problem.code : 'server.fault'
  const { status } = problems[code]
  const facts = { requestId: request.id, method: request.method, route: request.routeOptions?.url, code }
  if (code === 'server.fault') log.error({ ...facts, err: thrown }, 'a request failed through a fault of ours')
  else if (status >= 500 && code !== 'job.wait_timed_out')
    log.warn({ ...facts, err: thrown }, 'a request failed because a part is away')
  else log.info({ ...facts, why: problem.options.internal ?? problem.message }, 'request refused')
  const body: ProblemReply = { code, message: problem.message, requestId: request.id }
  if (problem.options.detail !== undefined) body.detail = problem.options.detail
  // The framework would close the connection under a client that still writes, and that client would never read why.
  if (code === 'request.too_large') reply.removeHeader('connection')
  return reply
    .status(status)
    .headers({ ...problem.options.headers })
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(body))
}

/** What the caller may know of it. */
export function toProblem(thrown: unknown): Problem {
  if (Problem.is(thrown)) return thrown
  const framework = fromFramework(thrown)
  if (framework) return framework
  if (isDatabaseAway(thrown))
    return new Problem(
      'server.unavailable',
      'The database does not answer at the moment: try again in a few seconds.',
      {
        cause: thrown,
        headers: { 'retry-after': '2' },
      },
    )
  return new Problem('server.fault', 'Something went wrong on our side. It has been logged under the request id.', {
    cause: thrown,
  })
}

function fromFramework(thrown: unknown): Problem | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem(
        'request.too_large',
        'The body is larger than this server takes: send large data by reference.',
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('request.unsupported_media_type', 'The content type is not one that can be read: send JSON.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('request.malformed', 'The body is not as long as its content-length says.')
    case 'FST_ERR_BAD_URL':
      return new Problem('request.malformed', 'The address has a "%" that is not followed by two hex digits of UTF-8.')
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('request.malformed', 'A part of the address is too long.')
    case 'ECONNRESET':
      return 'syscall' in thrown
        ? undefined
        : new Problem('request.malformed', 'The request ended before its body did.')
    default:
      return undefined
  }
}

function isKnown(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}
