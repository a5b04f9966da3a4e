import type { Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { WorkspaceTable } from '../schema.generated.ts'

/** A tenant. */
export type WorkspaceRow = Selectable<WorkspaceTable>

/** A workspace as its member sees it. */
export interface WorkspaceOfMember extends WorkspaceRow {
  readonly username: string
  readonly disabled: boolean
}

/** Whether the id names a workspace; ids of deleted ones stay taken. */
export async function isWorkspaceIdTaken(db: Queryable, id: string): Promise<boolean> {
  const row = await db.selectFrom('workspace').select('id').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}

/** Undefined when there is none or it is deleted. */
export async function findWorkspace(db: Queryable, id: string): Promise<WorkspaceRow | undefined> {
  return await db
    .selectFrom('workspace')
    .selectAll()
    .where('id', '=', id)
    .where('deleted', '=', false)
    .executeTakeFirst()
}

/** How the workspace's jobs stand in the lines of the queue; undefined when there is none or it is deleted. */
export async function findQueueWeight(db: Queryable, id: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('workspace')
    .select('queue_weight')
    .where('id', '=', id)
    .where('deleted', '=', false)
    .executeTakeFirst()
  return row?.queue_weight
}

/** False when there is no such workspace or it is deleted. */
export async function updateQueueWeight(db: Queryable, id: string, weight: number): Promise<boolean> {
  const updated = await db
    .updateTable('workspace')
    .set({ queue_weight: weight })
    .where('id', '=', id)
    .where('deleted', '=', false)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** Every workspace, by id. */
export async function listWorkspaces(
  db: Queryable,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly WorkspaceRow[]> {
  return await db
    .selectFrom('workspace')
    .selectAll()
    .where('deleted', '=', false)
    .orderBy('id')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
}

/** Workspaces that the account is a member of, by id. */
export async function listWorkspacesOf(db: Queryable, email: string): Promise<readonly WorkspaceOfMember[]> {
  return await db
    .selectFrom('workspace')
    .innerJoin('member', 'member.workspace_id', 'workspace.id')
    .selectAll('workspace')
    .select(['member.username', 'member.disabled'])
    .where('member.email', '=', email)
    .where('workspace.deleted', '=', false)
    .orderBy('workspace.id')
    .execute()
}

/** False when the id is taken. */
export async function insertWorkspace(
  db: Queryable,
  workspace: { readonly id: string; readonly name: string; readonly owner: string; readonly color: string },
): Promise<boolean> {
  const inserted = await db
    .insertInto('workspace')
    .values(workspace)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}
