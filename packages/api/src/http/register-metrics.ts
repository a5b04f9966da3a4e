import { formatMetrics, METRICS_TYPE } from '@millrace/base/metrics'
import { Problem } from '@millrace/base/problem'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { queueMetrics } from '../queue-metrics.ts'
import { readCredential, type Authenticator } from './authenticator.ts'
import type { RouteHost } from './register-routes.ts'

/** What scrapers read, at `/metrics` where they look for it and below `/api` where proxies send it. */
export function registerMetrics(app: FastifyInstance, { parts, authenticator }: RouteHost): void {
  const sources = [queueMetrics(parts.db, parts.leaseMs), ...(parts.metrics ? [parts.metrics] : [])]
  for (const url of ['/metrics', '/api/metrics']) {
    app.get(url, async (request, reply) => {
      if (parts.config.metricsOpen === 'false') await requireSuperadmin(request, authenticator)
      const metrics = await Promise.all(sources.map((read) => read()))
      return reply.type(METRICS_TYPE).send(formatMetrics(metrics.flat()))
    })
  }
}

async function requireSuperadmin(request: FastifyRequest, authenticator: Authenticator): Promise<void> {
  const credential = readCredential(request)
  const caller = credential && (await authenticator.findCaller(credential))
  if (!caller)
    throw new Problem(
      'auth.required',
      'Send the token of a superadmin as "Authorization: Bearer <token>", or set METRICS_OPEN=true on the server.',
    )
  if (!caller.isSuperAdmin || caller.boundTo !== undefined || caller.scopes)
    throw new Problem('auth.forbidden', 'Only superadmins may read the metrics, with a token that is not limited.')
}
