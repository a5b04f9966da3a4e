import { sql, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { FlowVersionTable, ResourceTable, ScriptTable, VariableTable } from '../schema.generated.ts'

/** A script, a variable, and a flow with its document. */
type ScriptRow = Selectable<ScriptTable>
type VariableRow = Selectable<VariableTable>
type FlowRow = Selectable<FlowVersionTable> & { readonly archived: boolean; readonly value: unknown }

/** A resource; `value` is JSON text, null is no value. */
type ResourceRow = Pick<Selectable<ResourceTable>, 'path' | 'description' | 'resource_type' | 'labels'> & {
  readonly value: string | null
}

/** A piece of a walk over all items of a kind by path: those after a path, beginning with '' for the first. */
export interface Walk {
  readonly workspace: string
  readonly after: string
  readonly limit: number
}

/** Scripts as people see and edit them, whole. */
export async function walkScripts(db: Queryable, { workspace, after, limit }: Walk): Promise<readonly ScriptRow[]> {
  return await db
    .selectFrom('script')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('archived', '=', false)
    .where('deleted', '=', false)
    .where('path', '>', after)
    .orderBy('path')
    .limit(limit)
    .execute()
}

/** Flows as people see and edit them, whole. */
export async function walkFlows(db: Queryable, { workspace, after, limit }: Walk): Promise<readonly FlowRow[]> {
  return await db
    .selectFrom('flow as f')
    .innerJoin('flow_version as v', (join) =>
      join.onRef('v.workspace_id', '=', 'f.workspace_id').onRef('v.id', '=', 'f.head'),
    )
    .innerJoin('flow_definition as d', (join) =>
      join.onRef('d.workspace_id', '=', 'v.workspace_id').onRef('d.hash', '=', 'v.hash'),
    )
    .selectAll('v')
    .select(['f.archived', 'd.value'])
    .where('f.workspace_id', '=', workspace)
    .where('f.archived', '=', false)
    .where('f.path', '>', after)
    .orderBy('f.path')
    .limit(limit)
    .execute()
}

/** Variables with their secrets as they are stored, but those that end by themselves; `prefixes` are beginnings of paths. */
export async function walkVariables(
  db: Queryable,
  { workspace, after, limit }: Walk,
  prefixes: readonly string[] | undefined,
): Promise<readonly VariableRow[]> {
  return await db
    .selectFrom('variable')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('expires_at', 'is', null)
    .where('path', '>', after)
    .where(below(prefixes))
    .orderBy('path')
    .limit(limit)
    .execute()
}

/** Resources but those that scripts keep something in; `prefixes` are beginnings of paths. */
export async function walkResources(
  db: Queryable,
  { workspace, after, limit }: Walk,
  prefixes: readonly string[] | undefined,
): Promise<readonly ResourceRow[]> {
  return await db
    .selectFrom('resource')
    .select(['path', 'description', 'resource_type', 'labels', sql<string | null>`value::text`.as('value')])
    .where('workspace_id', '=', workspace)
    .where('resource_type', 'not in', ['state', 'cache'])
    .where('path', '>', after)
    .where(below(prefixes))
    .orderBy('path')
    .limit(limit)
    .execute()
}

function below(prefixes: readonly string[] | undefined) {
  if (!prefixes) return sql<boolean>`true`
  return sql<boolean>`exists (select from unnest(${[...prefixes]}::text[]) prefix where starts_with(path, prefix))`
}
