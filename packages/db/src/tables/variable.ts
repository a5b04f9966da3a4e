import { sql, type Insertable, type Selectable, type Updateable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { VariableTable } from '../schema.generated.ts'

/** A variable; `value` or `sealed` is null. */
export type VariableRow = Selectable<VariableTable>

/** A row of the list; it knows that there is a secret, not the secret. */
export type VariableListRow = Omit<VariableRow, 'sealed'> & { readonly is_secret: boolean }

/** What the list may be narrowed by; undefined fields narrow nothing. */
export interface VariableListFilter {
  readonly limit: number
  readonly offset: number
  /** Beginnings of the paths that may be shown; undefined is any. */
  readonly prefixes: readonly string[] | undefined
  readonly path: string | undefined
  readonly pathStart: string | undefined
  readonly description: string | undefined
  readonly value: string | undefined
  readonly anywhere: string | undefined
  readonly label: string | undefined
}

/** One variable by path. */
export async function findVariable(db: Queryable, workspace: string, path: string): Promise<VariableRow | undefined> {
  return await db
    .selectFrom('variable')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .executeTakeFirst()
}

/** The same, and nobody else changes it until the transaction ends. */
export async function lockVariable(db: Queryable, workspace: string, path: string): Promise<VariableRow | undefined> {
  return await db
    .selectFrom('variable')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .forUpdate()
    .executeTakeFirst()
}

/** Every secret of the workspace, locked until the transaction ends. */
export async function lockSecrets(db: Queryable, workspace: string): Promise<readonly VariableRow[]> {
  return await db
    .selectFrom('variable')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('sealed', 'is not', null)
    .orderBy('path')
    .forUpdate()
    .execute()
}

/** Variables by path. */
export async function listVariables(
  db: Queryable,
  workspace: string,
  filter: VariableListFilter,
): Promise<readonly VariableListRow[]> {
  const { prefixes, path, pathStart, description, value, anywhere, label } = filter
  return await db
    .selectFrom('variable')
    .select([
      'workspace_id',
      'path',
      'value',
      'version',
      'description',
      'account',
      'is_oauth',
      'expires_at',
      'labels',
      'created_by',
      'created_at',
      'edited_by',
      'edited_at',
      sql<boolean>`sealed is not null`.as('is_secret'),
    ]) // prettier-ignore
    .where('workspace_id', '=', workspace)
    .where(below(prefixes))
    .$if(path !== undefined, (query) => query.where('path', '=', path ?? ''))
    .$if(pathStart !== undefined, (query) => query.where(sql<boolean>`starts_with(path, ${pathStart})`))
    .$if(description !== undefined, (query) => query.where(contains(sql.ref('description'), description)))
    .$if(value !== undefined, (query) => query.where(contains(sql.ref('value'), value)))
    .$if(label !== undefined, (query) => query.where(sql<boolean>`${label} = any (labels)`))
    .$if(anywhere !== undefined, (query) =>
      query.where(contains(sql`concat_ws(' ', path, description, value)`, anywhere)),
    )
    .orderBy('path')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}

/** False when the path is taken. */
export async function insertVariable(db: Queryable, variable: Insertable<VariableTable>): Promise<boolean> {
  const inserted = await db
    .insertInto('variable')
    .values(variable)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

/** Changes what is given. */
export async function updateVariable(
  db: Queryable,
  workspace: string,
  path: string,
  change: Updateable<VariableTable>,
): Promise<void> {
  await db.updateTable('variable').set(change).where('workspace_id', '=', workspace).where('path', '=', path).execute()
}

/** The paths of those that were there, in order. */
export async function deleteVariables(
  db: Queryable,
  workspace: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ path: string }>`
    delete from variable where workspace_id = ${workspace} and path = any (${[...paths]}::text[]) returning path`.execute(
    db,
  )
  return rows.map((row) => row.path).sort()
}

function contains(text: ReturnType<typeof sql>, part: string | undefined) {
  return sql<boolean>`position(lower(${part ?? ''}) in lower(${text})) > 0`
}

function below(prefixes: readonly string[] | undefined) {
  if (!prefixes) return sql<boolean>`true`
  return sql<boolean>`exists (select from unnest(${[...prefixes]}::text[]) prefix where starts_with(path, prefix))`
}
