import type { Queryable } from '@millrace/db'
import { findAccount } from '@millrace/db/tables/account'
import { findMember } from '@millrace/db/tables/member'
import type { ItemUser } from './item-access.ts'

/** The account of the superadmin secret; nobody can sign in as it. */
export const SECRET_EMAIL = 'superadmin_secret@millrace.local'

/** Whom a job acts for; undefined for who is neither a member of the workspace nor a superadmin. */
export async function findItemUser(
  db: Queryable,
  workspace: string,
  who: { readonly email: string; readonly username: string },
): Promise<ItemUser | undefined> {
  if (who.email === SECRET_EMAIL) return { username: who.username, isAdmin: true }
  const account = await findAccount(db, who.email)
  if (!account || account.disabled) return undefined
  const member = await findMember(db, workspace, who.email)
  if (member?.disabled) return undefined
  if (!member) return account.super_admin ? { username: who.username, isAdmin: true } : undefined
  return { username: member.username, isAdmin: member.is_admin || account.super_admin }
}
