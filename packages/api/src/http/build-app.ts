import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import { problems } from '@millrace/contracts'
import { fastify, type FastifyInstance } from 'fastify'
import { handleUnknown } from './handle-unknown.ts'
import { registerRoutes, type RouteHost } from './register-routes.ts'
import { registerMetrics } from './register-metrics.ts'
import { registerReference } from './register-reference.ts'
import { replyProblem } from './reply-problem.ts'
import { securityHeaders } from './security-headers.ts'
import { loadWeb } from './register-web.ts'

/** Longest part of an address that a parameter may take. */
const PARAM_LENGTH_MAX = 4096

/** The HTTP application: routes of the contract under `/api`, the reference, and the web build when there is one. */
export async function buildApp(host: RouteHost, webFolder: string | undefined): Promise<FastifyInstance> {
  const { parts } = host
  const { config, log } = parts
  const app = fastify({
    logger: false,
    bodyLimit: config.bodyLimitBytes,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      void reply.headers(securityHeaders(request, config.baseUrl))
      void replyProblem(request, reply, error, log)
    },
    clientErrorHandler(error, socket) {
      if (socket.writable) socket.end(rawProblem(error.code))
      else socket.destroy()
    },
  })
  const web = webFolder === undefined ? undefined : await loadWeb(webFolder)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(request, config.baseUrl))
    // Before any body is read, whatever the method.
    return request.is404 ? handleUnknown(request, reply, web) : undefined
  })
  app.addHook('onResponse', async (request, reply) => {
    log.debug(
      {
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    )
  })
  app.setErrorHandler((error, request, reply) => replyProblem(request, reply, error, log))
  await app.register(cookie)
  registerRoutes(app, host)
  registerReference(app)
  registerMetrics(app, host)
  if (web) await web.register(app)
  app.setNotFoundHandler((request, reply) => handleUnknown(request, reply, web))
  return app
}

/** A reply for bytes that are no HTTP, written by hand because there is no request to reply to. */
function rawProblem(code: string | undefined): string {
  const problem = clientProblem(code)
  const { status, help } = problems[problem]
  const body = JSON.stringify({ code: problem, message: help, requestId: randomUUID() })
  return `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json; charset=utf-8\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function clientProblem(code: string | undefined) {
  if (code === 'HPE_HEADER_OVERFLOW') return 'request.headers_too_large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request.timed_out' : 'request.malformed'
}
