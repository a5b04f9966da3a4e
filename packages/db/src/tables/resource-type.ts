import { sql, type Insertable, type Selectable, type Updateable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { ResourceTypeTable } from '../schema.generated.ts'

/** What resources of a type look like. */
export type ResourceTypeRow = Selectable<ResourceTypeTable>

/** Types of this workspace are everybody's to see; a workspace's own of the same name comes first. */
const OF_EVERYBODY = 'admins'

/** The workspace's own type, or else that of everybody. */
export async function findResourceType(
  db: Queryable,
  workspace: string,
  name: string,
): Promise<ResourceTypeRow | undefined> {
  return await db
    .selectFrom('resource_type')
    .selectAll()
    .where('workspace_id', 'in', [workspace, OF_EVERYBODY])
    .where('name', '=', name)
    .orderBy(sql`workspace_id = ${workspace}`, 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Every type that the workspace sees, each name once. */
export async function listResourceTypes(db: Queryable, workspace: string): Promise<readonly ResourceTypeRow[]> {
  return await db
    .selectFrom('resource_type')
    .selectAll()
    .distinctOn('name')
    .where('workspace_id', 'in', [workspace, OF_EVERYBODY])
    .orderBy('name')
    .orderBy(sql`workspace_id = ${workspace}`, 'desc')
    .execute()
}

/** False when the workspace has a type of this name itself. */
export async function insertResourceType(db: Queryable, type: Insertable<ResourceTypeTable>): Promise<boolean> {
  const inserted = await db
    .insertInto('resource_type')
    .values(type)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** False when the workspace itself has none of this name. */
export async function updateResourceType(
  db: Queryable,
  workspace: string,
  name: string,
  change: Updateable<ResourceTypeTable>,
): Promise<boolean> {
  const updated = await db
    .updateTable('resource_type')
    .set(change)
    .where('workspace_id', '=', workspace)
    .where('name', '=', name)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** False when the workspace itself has none of this name. */
export async function deleteResourceType(db: Queryable, workspace: string, name: string): Promise<boolean> {
  const deleted = await db
    .deleteFrom('resource_type')
    .where('workspace_id', '=', workspace)
    .where('name', '=', name)
    .executeTakeFirst()
  return deleted.numDeletedRows === 1n
}
