import { Problem } from '@millrace/base/problem'
import { mayReadItem, mayWriteItem } from '@millrace/vault'
import type { Membership } from './caller.ts'

/** Throws unless the member may see the item at this path; says the same whether there is one or not. */
export function requireReadablePath(member: Membership, path: string): void {
  if (mayReadItem(member, path)) return
  throw new Problem('auth.forbidden', `${name(path)} is someone else's to see: ask its owner or an administrator.`)
}

/** Throws unless the member may write an item at this path. */
export function requireWritablePath(member: Membership, path: string): void {
  if (mayWriteItem(member, path)) return
  throw new Problem(
    'auth.forbidden',
    `${name(path)} belongs to someone else: write below u/${member.username}/ or in a folder, or ask an administrator.`,
  )
}

function name(path: string): string {
  return path.slice(0, 300)
}
