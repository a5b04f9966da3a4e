import { randomBytes } from 'node:crypto'
import type { Database } from '@millrace/db'
import { findAccount, insertAccount, updatePassword } from '@millrace/db/tables/account'
import { insertMember } from '@millrace/db/tables/member'
import { nameOf } from '../http/authenticator.ts'
import { hashPassword, isPassword } from './passwords.ts'
import { mintToken } from './mint-token.ts'

const LINK_MS = 15 * 60_000
const ADMIN_WORKSPACE = 'admins'

/**
 * Sees to it that there is a superadmin with this address, a member of the workspace `admins`. A password that is given is
 * set; without one a new account gets a random one, which is returned this once.
 */
export async function ensureAdmin(
  db: Database,
  admin: { readonly email: string; readonly password?: string | undefined },
): Promise<{ readonly created: boolean; readonly password?: string }> {
  const email = admin.email.toLowerCase()
  const known = await findAccount(db.kysely, email)
  if (known) {
    const { password } = admin
    if (password !== undefined && !(await isPassword(known.password_hash, password)))
      await updatePassword(db.kysely, email, await hashPassword(password))
    return { created: false }
  }
  const password = admin.password ?? randomBytes(15).toString('base64url')
  const username = nameOf(email)
  const passwordHash = await hashPassword(password)
  return await db.kysely.transaction().execute(async (tx) => {
    const created = await insertAccount(tx, { email, passwordHash, username, superAdmin: true })
    await insertMember(tx, ADMIN_WORKSPACE, { email, username, isAdmin: true })
    if (!created) return { created }
    return admin.password === undefined ? { created, password } : { created }
  })
}

/** A path of this server that signs the account in, once, within 15 minutes. */
export async function createLoginLink(db: Database, email: string): Promise<string> {
  const expiresAt = new Date(Date.now() + LINK_MS)
  const token = await mintToken(db.kysely, { email: email.toLowerCase(), kind: 'login_link', expiresAt })
  return `/api/auth/login_link/${token}`
}
