import type { Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { MemberTable } from '../schema.generated.ts'

/** An account in a workspace. */
export type MemberRow = Selectable<MemberTable>

/** The account's membership, also when it is disabled. */
export async function findMember(db: Queryable, workspace: string, email: string): Promise<MemberRow | undefined> {
  return await db
    .selectFrom('member')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .selectAll('member')
    .where('member.workspace_id', '=', workspace)
    .where('member.email', '=', email)
    .where('workspace.deleted', '=', false)
    .executeTakeFirst()
}

/** The address of the account behind a member's name. */
export async function findEmail(db: Queryable, workspace: string, username: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('member')
    .select('email')
    .where('workspace_id', '=', workspace)
    .where('username', '=', username)
    .executeTakeFirst()
  return row?.email
}

/** Nothing happens when the account is a member already. */
export async function insertMember(
  db: Queryable,
  workspace: string,
  member: { readonly username: string; readonly email: string; readonly isAdmin: boolean; readonly operator?: boolean },
): Promise<void> {
  await db
    .insertInto('member')
    .values({
      workspace_id: workspace,
      username: member.username,
      email: member.email,
      is_admin: member.isAdmin,
      operator: member.operator ?? false,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
