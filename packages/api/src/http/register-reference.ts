import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { referencePage, SEARCH_SCRIPT } from './reference-page.ts'

const hash = createHash('sha256').update(SEARCH_SCRIPT).digest('base64')
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; frame-ancestors 'none'`

/** The page for people at `/api/docs`; it needs nothing from anywhere else. */
export function registerReference(app: FastifyInstance): void {
  let page: string | undefined
  app.get('/api/docs', async (_request, reply) => {
    page ??= referencePage()
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' })
      .send(page)
  })
}
