import { Problem } from '@millrace/base/problem'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { contractRoutes, methodsOf } from './contract-routes.ts'
import type { WebPages } from './register-web.ts'

const patterns = contractRoutes.map(({ route }) => ({
  methods: methodsOf(route),
  pattern: new RegExp(
    `^/api${route.path
      .replaceAll('.', '\\.')
      .replace(/:\w+/g, '[^/]+')
      .replace(/\*\w+$/, '.*')}$`,
  ),
}))

/** What no route answers: a page of the web application, or in the API a problem in JSON, never a page. */
export function handleUnknown(request: FastifyRequest, reply: FastifyReply, web: WebPages | undefined): unknown {
  const path = request.url.split('?')[0] ?? '/'
  const isApi = path === '/api' || path.startsWith('/api/')
  if (!isApi && web && (request.method === 'GET' || request.method === 'HEAD')) return web.reply(path, reply)
  const methods = [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).flatMap((each) => each.methods))]
  if (methods.length === 0)
    throw new Problem('route.not_found', `There is nothing at ${path.slice(0, 200)}: see /api/docs for what there is.`)
  const allow = [...methods, 'OPTIONS'].join(', ')
  if (request.method === 'OPTIONS') return reply.status(204).header('allow', allow).send()
  throw new Problem('route.method_not_allowed', `${request.method} is not for this address: it takes ${allow}.`, {
    headers: { allow },
  })
}
