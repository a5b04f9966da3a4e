import { sql, type Insertable, type Selectable, type Updateable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { ResourceTable } from '../schema.generated.ts'

/** A resource; `value` is JSON text, null is no value. */
export type ResourceRow = Omit<Selectable<ResourceTable>, 'value'> & {
  readonly value: string | null
  /** A variable has the same path. */
  readonly is_linked: boolean
}

/** What the list may be narrowed by; undefined fields narrow nothing. */
export interface ResourceListFilter {
  readonly limit: number
  readonly offset: number
  /** Beginnings of the paths that may be shown; undefined is any. */
  readonly prefixes: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  readonly otherTypes: readonly string[] | undefined
  readonly path: string | undefined
  readonly pathStart: string | undefined
  readonly description: string | undefined
  /** JSON text that the value contains. */
  readonly value: string | undefined
  readonly anywhere: string | undefined
  readonly label: string | undefined
}

/** One resource by path. */
export async function findResource(db: Queryable, workspace: string, path: string): Promise<ResourceRow | undefined> {
  const [row] = await select(db, workspace).where('path', '=', path).execute()
  return row
}

/** Whether the path is taken. */
export async function existsResource(db: Queryable, workspace: string, path: string): Promise<boolean> {
  const row = await db
    .selectFrom('resource')
    .select('path')
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .executeTakeFirst()
  return row !== undefined
}

/** Resources by path. */
export async function listResources(
  db: Queryable,
  workspace: string,
  filter: ResourceListFilter,
): Promise<readonly ResourceRow[]> {
  const { prefixes, types, otherTypes, path, pathStart, description, value, anywhere, label } = filter
  return await select(db, workspace)
    .where(below(prefixes))
    .$if(types !== undefined, (query) => query.where('resource_type', 'in', types?.length ? types : ['']))
    .$if(otherTypes !== undefined, (query) =>
      query.where('resource_type', 'not in', otherTypes?.length ? otherTypes : ['']),
    )
    .$if(path !== undefined, (query) => query.where('path', '=', path ?? ''))
    .$if(pathStart !== undefined, (query) => query.where(sql<boolean>`starts_with(path, ${pathStart})`))
    .$if(description !== undefined, (query) => query.where(contains(sql.ref('description'), description)))
    .$if(value !== undefined, (query) => query.where(sql<boolean>`json_contains(resource.value, ${value}::jsonb)`))
    .$if(label !== undefined, (query) => query.where(sql<boolean>`${label} = any (labels)`))
    .$if(anywhere !== undefined, (query) =>
      query.where(contains(sql`concat_ws(' ', path, description, resource_type, resource.value::text)`, anywhere)),
    )
    .orderBy('path')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}

/** How many resources each type has. */
export async function countResourcesByType(
  db: Queryable,
  workspace: string,
  prefixes: readonly string[] | undefined,
): Promise<readonly { readonly resource_type: string; readonly count: number }[]> {
  const { rows } = await sql<{ resource_type: string; count: number }>`
    select resource_type, count(*) as count from resource where workspace_id = ${workspace}
      and ${below(prefixes)}
    group by resource_type order by resource_type`.execute(db)
  return rows
}

/** False when the path is taken. */
export async function insertResource(db: Queryable, resource: Insertable<ResourceTable>): Promise<boolean> {
  const inserted = await db
    .insertInto('resource')
    .values(resource)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Changes what is given; `taken` when the new path is another's, `missing` when there is none to change. */
export async function updateResource(
  db: Queryable,
  workspace: string,
  path: string,
  change: Updateable<ResourceTable>,
): Promise<'done' | 'taken' | 'missing'> {
  const target = change.path
  if (target !== undefined && target !== path && (await existsResource(db, workspace, target))) return 'taken'
  const updated = await db
    .updateTable('resource')
    .set(change)
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n ? 'done' : 'missing'
}

/** The paths of those that were there, in order. */
export async function deleteResources(
  db: Queryable,
  workspace: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ path: string }>`
    delete from resource where workspace_id = ${workspace} and path = any (${[...paths]}::text[]) returning path`.execute(
    db,
  )
  return rows.map((row) => row.path).sort()
}

function select(db: Queryable, workspace: string) {
  return db
    .selectFrom('resource')
    .select([
      'workspace_id',
      'path',
      'description',
      'resource_type',
      'labels',
      'created_by',
      'created_at',
      'edited_by',
      'edited_at',
      sql<string | null>`value::text`.as('value'),
      sql<boolean>`exists (select from variable v where v.workspace_id = resource.workspace_id and v.path = resource.path)`.as(
        'is_linked',
      ),
    ]) // prettier-ignore
    .where('workspace_id', '=', workspace)
}

function contains(text: ReturnType<typeof sql>, part: string | undefined) {
  return sql<boolean>`position(lower(${part ?? ''}) in lower(${text})) > 0`
}

function below(prefixes: readonly string[] | undefined) {
  if (!prefixes) return sql<boolean>`true`
  return sql<boolean>`exists (select from unnest(${[...prefixes]}::text[]) prefix where starts_with(path, prefix))`
}
