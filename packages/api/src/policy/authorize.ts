import { Problem } from '@millrace/base/problem'
import { ruleOf, type Action, type ActionRule } from './actions.ts'
import type { Caller, Membership } from './caller.ts'
import { permits } from './token-scopes.ts'

/** What is asked for. */
export interface Request {
  readonly action: Action
  readonly isSafeMethod: boolean
  readonly caller: Caller | undefined
  /** Of the workspace that the route is about. */
  readonly member: Membership | undefined
  /** Of the item that the route is about. */
  readonly path: string | undefined
}

/** Whether the request changes something, by its method or its action. */
export function isChange(action: Action, isSafeMethod: boolean): boolean {
  const rule = ruleOf(action)
  return rule.who === 'anyone' ? false : !isSafeMethod || rule.changes === true
}

/** Throws `auth.required` or `auth.forbidden` unless the action's rule lets the caller. */
export function authorize({ action, isSafeMethod, caller, member, path }: Request): void {
  const rule = ruleOf(action)
  if (rule.who === 'anyone') return
  if (!caller) throw new Problem('auth.required', 'Sign in, or send a token as "Authorization: Bearer <token>".')
  if (caller.isReadOnly && isChange(action, isSafeMethod))
    throw new Problem('auth.forbidden', 'This token may only read: use another one.')
  if (caller.scopes && !(rule.scope && permits(caller.scopes, rule.scope, path)))
    throw new Problem('auth.forbidden', `This token lacks the scope ${rule.scope ?? `for ${action}`}.`)
  requireStanding(rule, caller, member)
}

function requireStanding(rule: ActionRule, caller: Caller, member: Membership | undefined): void {
  switch (rule.who) {
    case 'anyone':
    case 'caller':
      return
    case 'person':
      if (caller.boundTo !== undefined)
        throw new Problem('auth.forbidden', `This token is bound to the workspace ${caller.boundTo}: use another one.`)
      return
    case 'superadmin':
      if (!caller.isSuperAdmin || caller.boundTo !== undefined)
        throw new Problem('auth.forbidden', 'Only superadmins may do this.')
      return
    case 'member':
      if (!member) throw new Problem('auth.forbidden', 'Only members of the workspace may do this.')
      return
    case 'developer':
      if (!member || (member.isOperator && !member.isAdmin))
        throw new Problem('auth.forbidden', 'Operators run what others have deployed: ask a developer.')
      return
    case 'admin':
      if (!member?.isAdmin) throw new Problem('auth.forbidden', 'Only administrators of the workspace may do this.')
  }
}
