import type { Queryable } from '../database.ts'

/** The sealed key of a workspace; undefined before its first secret. `shared` keeps it until the transaction ends. */
export async function findWorkspaceKey(db: Queryable, workspace: string, lock?: 'shared'): Promise<Buffer | undefined> {
  const row = await db
    .selectFrom('workspace_key')
    .select('sealed')
    .where('workspace_id', '=', workspace)
    .$if(lock === 'shared', (query) => query.forShare())
    .executeTakeFirst()
  return row?.sealed
}

/** The key as it is then: of several that are made at once, the first stays. */
export async function insertWorkspaceKey(
  db: Queryable,
  workspace: string,
  key: { readonly sealed: Buffer; readonly changedBy: string },
): Promise<void> {
  await db
    .insertInto('workspace_key')
    .values({ workspace_id: workspace, sealed: key.sealed, changed_by: key.changedBy })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Puts another key in the place of the one that is there. */
export async function updateWorkspaceKey(
  db: Queryable,
  workspace: string,
  key: { readonly sealed: Buffer; readonly changedBy: string },
): Promise<void> {
  await db
    .updateTable('workspace_key')
    .set((eb) => ({ sealed: key.sealed, changed_by: key.changedBy, changed_at: eb.fn<Date>('now') }))
    .where('workspace_id', '=', workspace)
    .execute()
}

/** Makes everybody who seals or changes the key wait until the transaction ends. */
export async function lockWorkspaceKey(db: Queryable, workspace: string): Promise<void> {
  await db
    .selectFrom('workspace_key')
    .select('workspace_id')
    .where('workspace_id', '=', workspace)
    .forUpdate()
    .execute()
}
