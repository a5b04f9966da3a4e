import { Problem } from '@millrace/base/problem'
import type { Route } from '@millrace/contracts'
import type { FastifyRequest } from 'fastify'
import type { Action } from '../policy/actions.ts'
import { authorize, isChange } from '../policy/authorize.ts'
import type { Caller, Membership } from '../policy/caller.ts'
import { permits } from '../policy/token-scopes.ts'
import { readCredential, type Authenticator } from './authenticator.ts'
import { readParams } from './read-input.ts'
import { refuseForgery } from './refuse-forgery.ts'

/** Who asks, and as which member of the route's workspace. */
export interface Access {
  readonly caller: Caller | undefined
  readonly member: Membership | undefined
}

interface Gate {
  readonly authenticator: Authenticator
  readonly baseUrl: string | undefined
}

const nobody: Access = { caller: undefined, member: undefined }

/** Lets a request to a route pass or throws why not; runs before the body is read. */
export async function requireAccess(
  request: FastifyRequest,
  route: Route,
  action: Action,
  gate: Gate,
): Promise<Access> {
  if (route.auth === 'none') return nobody
  if (route.auth === 'optional') return await findAccess(request, route, gate)
  const credential = readCredential(request)
  const caller = credential && (await gate.authenticator.findCaller(credential))
  if (credential && !caller)
    throw new Problem(
      'auth.required',
      'The token is unknown, was revoked or has expired: sign in again or send another.',
    )
  if (!caller) throw new Problem('auth.required', 'Sign in, or send a token as "Authorization: Bearer <token>".')
  const isSafeMethod = route.method === 'GET'
  if (caller.via === 'cookie' && isChange(action, isSafeMethod)) refuseForgery(request, gate.baseUrl)
  const params = readParams(route, request)
  const workspace = params['workspace']
  if (workspace?.includes('\0'))
    throw new Problem('request.invalid', 'The workspace id must not contain a NUL character.')
  const member = workspace === undefined ? undefined : await gate.authenticator.requireMembership(caller, workspace)
  authorize({ action, isSafeMethod, caller, member, path: params['path'] })
  return { caller, member }
}

/** Who asks where nobody needs to be known: what shows no member who may write jobs, or comes from another site's page, shows nobody. */
async function findAccess(request: FastifyRequest, route: Route, gate: Gate): Promise<Access> {
  const credential = readCredential(request)
  const caller = credential && (await gate.authenticator.findCaller(credential))
  const workspace = readParams(route, request)['workspace'] ?? ''
  if (!caller || caller.isReadOnly || workspace.includes('\0')) return nobody
  if (caller.scopes && !permits(caller.scopes, 'jobs:write', undefined)) return nobody
  try {
    if (caller.via === 'cookie') refuseForgery(request, gate.baseUrl)
    return { caller, member: await gate.authenticator.requireMembership(caller, workspace) }
  } catch (error) {
    if (Problem.is(error)) return nobody
    throw error
  }
}
