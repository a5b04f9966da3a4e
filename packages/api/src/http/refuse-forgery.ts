import { Problem } from '@millrace/base/problem'
import type { FastifyRequest } from 'fastify'

/**
 * Browsers send the cookie along with what other sites' pages ask for. A change by cookie must therefore come from a page of
 * ours: `Sec-Fetch-Site` says so, or the `Origin`; a request with neither comes from no browser.
 */
export function refuseForgery(request: FastifyRequest, baseUrl: string | undefined): void {
  const site = request.headers['sec-fetch-site']
  if (site === 'same-origin' || site === 'none') return
  const { origin } = request.headers
  if (site === undefined && origin === undefined) return
  if (site === undefined && origin !== undefined && isOurs(origin, request, baseUrl)) return
  throw new Problem(
    'auth.cross_site',
    'This request was made by a page of another site with the cookie of yours: send a token as "Authorization: Bearer".',
  )
}

function isOurs(origin: string, request: FastifyRequest, baseUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const { host, protocol } = new URL(origin)
  const ours = [`${protocol}//${request.host}`, baseUrl ?? '']
  return ours.some((address) => URL.canParse(address) && new URL(address).host === host)
}
