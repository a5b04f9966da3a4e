import { sql, type Insertable, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { HandlerTable } from '../schema.generated.ts'

/** A script or a flow that is told how jobs end. */
export type HandlerRow = Selectable<HandlerTable>

/** Which handler: of the jobs of a workspace, or in the workspace `admins` of all jobs of the instance. */
export interface HandlerPlace {
  readonly workspace: string
  readonly scope: 'workspace' | 'instance'
  readonly event: 'error' | 'success' | 'recovery'
}

/** Handlers that are kept in a workspace, of a scope. */
export async function listHandlers(
  db: Queryable,
  { workspace, scope }: Pick<HandlerPlace, 'workspace' | 'scope'>,
): Promise<readonly HandlerRow[]> {
  const query = db.selectFrom('handler').selectAll().where('workspace_id', '=', workspace)
  return await query.where('scope', '=', scope).execute()
}

/** Handlers of these workspaces, and of the instance. */
export async function listHandlersOf(db: Queryable, workspaces: readonly string[]): Promise<readonly HandlerRow[]> {
  return await db
    .selectFrom('handler')
    .selectAll()
    .where((eb) => eb.or([eb('workspace_id', 'in', [...workspaces]), eb('scope', '=', 'instance')]))
    .execute()
}

/** Puts a handler in the place of the one before. */
export async function putHandler(db: Queryable, handler: Insertable<HandlerTable>): Promise<void> {
  await deleteHandler(db, {
    workspace: handler.workspace_id,
    scope: handler.scope === 'instance' ? 'instance' : 'workspace',
    event: handler.event as HandlerPlace['event'],
  })
  await db.insertInto('handler').values(handler).execute()
}

/** Nobody is told any more. */
export async function deleteHandler(db: Queryable, { workspace, scope, event }: HandlerPlace): Promise<void> {
  const query = db.deleteFrom('handler').where('workspace_id', '=', workspace).where('scope', '=', scope)
  await query.where('event', '=', event).execute()
  if (event === 'recovery' && scope === 'workspace')
    await db.deleteFrom('failing').where('workspace_id', '=', workspace).execute()
}

/** Why a handler could not be told; undefined where it could. */
export async function noteHandlerFault(
  db: Queryable,
  { workspace, scope, event }: HandlerPlace,
  fault: string,
): Promise<void> {
  await db
    .updateTable('handler')
    .set({ fault, faulted_at: sql<Date>`clock_timestamp()` })
    .where('workspace_id', '=', workspace)
    .where('scope', '=', scope)
    .where('event', '=', event)
    .execute()
}
