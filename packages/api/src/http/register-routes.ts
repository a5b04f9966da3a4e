import { invariant } from '@millrace/base/invariant'
import { inSnapshot, inWorkspace } from '@millrace/db'
import type { Vault } from '@millrace/vault'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Action } from '../policy/actions.ts'
import { resources } from '../resources/index.ts'
import type { PageMemory } from '../jobs/page-memory.ts'
import type { LoginLimit } from '../login/login-limit.ts'
import type { TagSettings } from '../tags/tag-settings.ts'
import { contractRoutes, isHeadAnswered, type ContractRoute } from './contract-routes.ts'
import { requireAccess, type Access } from './access.ts'
import type { Authenticator } from './authenticator.ts'
import type { ApiParts, CallContext } from './implement.ts'
import { inputReader } from './read-input.ts'
import { sendReply } from './send-reply.ts'

/** Made once: without a reason each request would have an exception with a stack of its own. */
const GONE = new Error('the connection was closed')

declare module 'fastify' {
  interface FastifyRequest {
    access: Access | undefined
  }
}

/** A route with its handler, the types of both forgotten. */
interface RegisteredRoute extends ContractRoute {
  readonly may: Action
  readonly run: (cx: CallContext, input: unknown) => unknown
}

/** What the routes need besides the parts. */
export interface RouteHost {
  readonly parts: ApiParts
  readonly authenticator: Authenticator
  readonly vault: Vault
  readonly loginLimit: LoginLimit
  readonly tagSettings: TagSettings
  readonly pages: PageMemory
  /** Aborts when the server shuts down. */
  readonly closing: AbortSignal
}

/** Every route of the contract with its handler. */
export const allRoutes: readonly RegisteredRoute[] = contractRoutes.map((contractRoute) => {
  const { resource, name } = contractRoute
  const handlers = resources[resource as keyof typeof resources] as Readonly<
    Record<string, { may: Action; run: (cx: never, input: never) => unknown }>
  >
  const handler = handlers[name]
  invariant(handler, `no handler for ${resource}.${name}`)
  // A handler's types follow from its contract, by which the input was parsed and the context was made.
  return { ...contractRoute, may: handler.may, run: handler.run as RegisteredRoute['run'] }
})

/** The address of a route as the router writes it, below `/api`. */
export function routerPath(path: string): string {
  return `/api${path.replace(/\*\w+$/, '*')}`
}

/** Puts every route of the contract under `/api`. */
export function registerRoutes(app: FastifyInstance, host: RouteHost): void {
  app.decorateRequest('access', undefined)
  for (const registered of allRoutes) registerRoute(app, registered, host)
}

function registerRoute(app: FastifyInstance, { route, may, run }: RegisteredRoute, host: RouteHost): void {
  const { parts, authenticator } = host
  const readInput = inputReader(route)
  app.route({
    method: route.method,
    url: routerPath(route.path),
    exposeHeadRoute: isHeadAnswered(route),
    async onRequest(request) {
      request.access = await requireAccess(request, route, may, { authenticator, baseUrl: parts.config.baseUrl })
    },
    async handler(request, reply) {
      const cx = context(host, request, reply)
      const value = await run(cx, readInput(request))
      return await sendReply(cx, route, value)
    },
  })
}

function context(host: RouteHost, request: FastifyRequest, reply: FastifyReply): CallContext {
  const { caller, member } = request.access ?? {}
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(GONE))
  const { parts, authenticator, vault, loginLimit, tagSettings, pages, closing } = host
  return Object.assign(
    {
      ...parts,
      request,
      reply,
      gone: gone.signal,
      closing,
      vault,
      loginLimit,
      tagSettings,
      pages,
      forgetToken: (hash: Buffer) => authenticator.forgetToken(hash),
    },
    caller && {
      caller,
      requireMembership: (workspace: string) => authenticator.requireMembership(caller, workspace),
    },
    member && {
      workspace: member.workspace,
      member,
      inside: <T>(work: Parameters<typeof inWorkspace<T>>[2]) => inWorkspace(parts.db, member.workspace, work),
      snapshot: <T>(work: Parameters<typeof inSnapshot<T>>[2]) => inSnapshot(parts.db, member.workspace, work),
    },
  )
}
