import type { Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { AccountTable } from '../schema.generated.ts'

/** A person (or a machine) of the instance. */
export type AccountRow = Selectable<AccountTable>

/** By e-mail address, in lower case. */
export async function findAccount(db: Queryable, email: string): Promise<AccountRow | undefined> {
  return await db.selectFrom('account').selectAll().where('email', '=', email).executeTakeFirst()
}

/** False when the account exists already. */
export async function insertAccount(
  db: Queryable,
  account: {
    readonly email: string
    readonly passwordHash: string
    readonly username: string
    readonly superAdmin: boolean
  },
): Promise<boolean> {
  const inserted = await db
    .insertInto('account')
    .values({
      email: account.email,
      password_hash: account.passwordHash,
      username: account.username,
      super_admin: account.superAdmin,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Replaces the password. */
export async function updatePassword(db: Queryable, email: string, passwordHash: string): Promise<void> {
  await db.updateTable('account').set({ password_hash: passwordHash }).where('email', '=', email).execute()
}
