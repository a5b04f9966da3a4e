import { sql, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { TokenTable } from '../schema.generated.ts'

/** A token without its secret: `hash` is the SHA-256 of it. */
export type TokenRow = Selectable<TokenTable>

/** A token with what its account may do. */
export interface TokenOfAccount extends TokenRow {
  readonly super_admin: boolean
  readonly username: string | null
}

/** A session or user token that has not expired, of an account that is not disabled. */
export async function findToken(db: Queryable, hash: Buffer): Promise<TokenOfAccount | undefined> {
  return await db
    .selectFrom('token')
    .innerJoin('account', 'account.email', 'token.email')
    .selectAll('token')
    .select(['account.super_admin', 'account.username'])
    .where('token.hash', '=', hash)
    .where('token.kind', '!=', 'login_link')
    .where('account.disabled', '=', false)
    .where((eb) => eb.or([eb('token.expires_at', 'is', null), eb('token.expires_at', '>', sql<Date>`now()`)]))
    .executeTakeFirst()
}

/** Stores a token by its hash. */
export async function insertToken(
  db: Queryable,
  token: {
    readonly hash: Buffer
    readonly prefix: string
    readonly email: string
    readonly kind: 'session' | 'user' | 'login_link'
    readonly label?: string | null | undefined
    readonly workspaceId?: string | null | undefined
    readonly scopes?: readonly string[] | null | undefined
    readonly readOnly?: boolean | undefined
    readonly expiresAt?: Date | undefined
  },
): Promise<void> {
  await db
    .insertInto('token')
    .values({
      hash: token.hash,
      prefix: token.prefix,
      email: token.email,
      kind: token.kind,
      label: token.label ?? null,
      workspace_id: token.workspaceId ?? null,
      scopes: token.scopes ? [...token.scopes] : null,
      read_only: token.readOnly ?? false,
      expires_at: token.expiresAt ?? null,
    })
    .execute()
}

/** Takes a sign-in link out of the world and tells whose it was; undefined when it was used or has expired. */
export async function consumeLoginLink(db: Queryable, hash: Buffer): Promise<string | undefined> {
  const row = await db
    .deleteFrom('token')
    .where('hash', '=', hash)
    .where('kind', '=', 'login_link')
    .returning(['email', 'expires_at'])
    .executeTakeFirst()
  return row?.expires_at && row.expires_at > new Date() ? row.email : undefined
}

/** Ends one token. */
export async function deleteToken(db: Queryable, hash: Buffer): Promise<void> {
  await db.deleteFrom('token').where('hash', '=', hash).execute()
}

/** Ends the account's tokens of this prefix and gives their hashes. */
export async function deleteTokensByPrefix(db: Queryable, email: string, prefix: string): Promise<readonly Buffer[]> {
  const rows = await db
    .deleteFrom('token')
    .where('email', '=', email)
    .where('prefix', '=', prefix)
    .returning('hash')
    .execute()
  return rows.map((row) => row.hash)
}

/** The account's sessions and tokens that have not expired, newest first. */
export async function listTokens(
  db: Queryable,
  email: string,
  page: { readonly limit: number; readonly offset: number; readonly withSessions: boolean },
): Promise<readonly TokenRow[]> {
  return await db
    .selectFrom('token')
    .selectAll()
    .where('email', '=', email)
    .where('kind', 'in', page.withSessions ? ['session', 'user'] : ['user'])
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
    .orderBy('created_at', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
}

/** Notes that the token was used, at most once a minute. */
export async function touchToken(db: Queryable, hash: Buffer): Promise<void> {
  await db
    .updateTable('token')
    .set({ last_used_at: sql<Date>`now()` })
    .where('hash', '=', hash)
    .where('last_used_at', '<', sql<Date>`now() - interval '1 minute'`)
    .execute()
}
