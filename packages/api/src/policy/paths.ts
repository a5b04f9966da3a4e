import { Problem } from '@millrace/base/problem'
import type { Membership } from './caller.ts'

/** Whether a member may write an item at this path: administrators anywhere, others below their own name and in folders. */
export function mayWritePath(member: Membership, path: string): boolean {
  if (member.isAdmin) return true
  const [kind, owner] = path.split('/')
  return kind === 'u' ? owner === member.username : kind === 'f'
}

/** Throws unless the member may write an item at this path. */
export function requireWritablePath(member: Membership, path: string): void {
  if (mayWritePath(member, path)) return
  throw new Problem(
    'auth.forbidden',
    `${path} belongs to someone else: write below u/${member.username}/ or in a folder, or ask an administrator.`,
  )
}
