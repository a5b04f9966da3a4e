import { randomBytes } from 'node:crypto'
import type { Queryable } from '@millrace/db'
import { insertToken } from '@millrace/db/tables/token'
import { hashToken } from '../http/authenticator.ts'

/** Leading characters by which a token is listed and revoked. */
export const PREFIX_LENGTH = 10

/** A token to be made; times are absolute. */
export type NewTokenRow = Omit<Parameters<typeof insertToken>[1], 'hash' | 'prefix'>

/** Makes a token of 256 random bits; it is stored by its hash only and cannot be shown again. */
export async function mintToken(db: Queryable, token: NewTokenRow): Promise<string> {
  const text = randomBytes(32).toString('base64url')
  await insertToken(db, { ...token, hash: hashToken(text), prefix: text.slice(0, PREFIX_LENGTH) })
  return text
}
