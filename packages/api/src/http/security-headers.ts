import type { FastifyRequest } from 'fastify'

/** Nothing on a page of the API may load anything; pages set a policy of their own. */
const NOTHING = "default-src 'none'; frame-ancestors 'none'"

/** Headers of every reply. */
export function securityHeaders(request: FastifyRequest, baseUrl: string | undefined): Record<string, string> {
  return {
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'content-security-policy': NOTHING,
    'cache-control': 'no-store',
    ...(baseUrl?.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  }
}
