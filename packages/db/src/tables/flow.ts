import { sql, type Insertable, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { FlowVersionTable } from '../schema.generated.ts'

/** One version of a flow, with what is said of the flow as a whole. */
export type FlowRow = Selectable<FlowVersionTable> & { readonly archived: boolean; readonly value: unknown }

/** A row of the list: without document and schema. */
export type FlowListRow = Omit<FlowRow, 'value' | 'schema' | 'steps' | 'imports' | 'hash'>

/** What the list may be narrowed by; undefined fields narrow nothing. */
export interface FlowListFilter {
  readonly limit: number
  readonly offset: number
  readonly ascending: boolean
  readonly archived: boolean
  readonly createdBy: string | undefined
  readonly pathStart: string | undefined
  readonly pathExact: string | undefined
  readonly label: string | undefined
  readonly dedicatedWorker: boolean | undefined
}

/** A place of a flow. */
export interface FlowPlace {
  readonly workspace: string
  readonly path: string
}

/** Makes all other changes of the flows at these paths wait for this transaction. */
export async function lockFlowPaths(db: Queryable, workspace: string, paths: readonly string[]): Promise<void> {
  for (const path of [...new Set(paths)].sort())
    await sql`select pg_advisory_xact_lock(hashtextextended(${`flow ${workspace} ${path}`}, 0))`.execute(db)
}

/** The newest version at a path, archived or not: what people see and edit. It may not serve yet, while its locks are made. */
export async function findFlow(db: Queryable, { workspace, path }: FlowPlace): Promise<FlowRow | undefined> {
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
    .where('f.path', '=', path)
    .executeTakeFirst()
}

/** The version that runs at a path: the newest one that is ready, or the head where there is none yet; none of an archived flow. */
export async function findServingFlow(db: Queryable, { workspace, path }: FlowPlace): Promise<FlowRow | undefined> {
  return await db
    .selectFrom('flow as f')
    .innerJoin('flow_version as v', (join) =>
      join.onRef('v.workspace_id', '=', 'f.workspace_id').onRef('v.id', '=', 'f.serving'),
    )
    .innerJoin('flow_definition as d', (join) =>
      join.onRef('d.workspace_id', '=', 'v.workspace_id').onRef('d.hash', '=', 'v.hash'),
    )
    .selectAll('v')
    .select(['f.archived', 'd.value'])
    .where('f.workspace_id', '=', workspace)
    .where('f.path', '=', path)
    .where('f.archived', '=', false)
    .executeTakeFirst()
}

/** One version. */
export async function findFlowVersion(db: Queryable, workspace: string, id: number): Promise<FlowRow | undefined> {
  return await db
    .selectFrom('flow_version as v')
    .innerJoin('flow as f', (join) =>
      join.onRef('f.workspace_id', '=', 'v.workspace_id').onRef('f.path', '=', 'v.path'),
    )
    .innerJoin('flow_definition as d', (join) =>
      join.onRef('d.workspace_id', '=', 'v.workspace_id').onRef('d.hash', '=', 'v.hash'),
    )
    .selectAll('v')
    .select(['f.archived', 'd.value'])
    .where('v.workspace_id', '=', workspace)
    .where('v.id', '=', id)
    .executeTakeFirst()
}

/** The newest version at a path that has a document. */
export async function findFlowByHash(
  db: Queryable,
  { workspace, path }: FlowPlace,
  hash: string,
): Promise<FlowRow | undefined> {
  const row = await db
    .selectFrom('flow_version')
    .select('id')
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('hash', '=', hash)
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row && (await findFlowVersion(db, workspace, row.id))
}

/** Heads, of archived flows or of the others. */
export async function listFlows(
  db: Queryable,
  workspace: string,
  filter: FlowListFilter,
): Promise<readonly FlowListRow[]> {
  const { createdBy, pathStart, pathExact, label, dedicatedWorker } = filter
  return await db
    .selectFrom('flow as f')
    .innerJoin('flow_version as v', (join) =>
      join.onRef('v.workspace_id', '=', 'f.workspace_id').onRef('v.id', '=', 'f.head'),
    )
    .select([
      'v.workspace_id',
      'v.id',
      'v.path',
      'v.summary',
      'v.description',
      'v.options',
      'v.deployment_message',
      'v.created_by',
      'v.created_at',
      'v.lock_error_logs',
      'v.lock_job',
      'v.is_locking',
      'f.archived',
    ]) // prettier-ignore
    .where('f.workspace_id', '=', workspace)
    .where('f.archived', '=', filter.archived)
    .$if(createdBy !== undefined, (query) => query.where('v.created_by', '=', createdBy ?? ''))
    .$if(pathExact !== undefined, (query) => query.where('f.path', '=', pathExact ?? ''))
    .$if(pathStart !== undefined, (query) => query.where(sql<boolean>`starts_with(f.path, ${pathStart})`))
    .$if(label !== undefined, (query) => query.where(sql<boolean>`v.options -> 'labels' ? ${label}`))
    .$if(dedicatedWorker !== undefined, (query) =>
      query.where(sql<boolean>`coalesce((v.options ->> 'dedicated_worker')::boolean, false) = ${dedicatedWorker}`),
    )
    .orderBy('v.id', filter.ascending ? 'asc' : 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}

/** Paths of the flows that are not archived, in order. */
export async function listFlowPaths(db: Queryable, workspace: string): Promise<readonly string[]> {
  const query = db.selectFrom('flow').select('path').where('workspace_id', '=', workspace)
  const rows = await query.where('archived', '=', false).orderBy('path').execute()
  return rows.map((row) => row.path)
}

/** Documents of the flows that are not archived, newest first. */
export async function listFlowValues(
  db: Queryable,
  workspace: string,
  limit: number,
): Promise<readonly { readonly path: string; readonly value: unknown }[]> {
  return await db
    .selectFrom('flow as f')
    .innerJoin('flow_version as v', (join) =>
      join.onRef('v.workspace_id', '=', 'f.workspace_id').onRef('v.id', '=', 'f.head'),
    )
    .innerJoin('flow_definition as d', (join) =>
      join.onRef('d.workspace_id', '=', 'v.workspace_id').onRef('d.hash', '=', 'v.hash'),
    )
    .select(['f.path', 'd.value'])
    .where('f.workspace_id', '=', workspace)
    .where('f.archived', '=', false)
    .orderBy('v.id', 'desc')
    .limit(limit)
    .execute()
}

/** Versions at a path, newest first. */
export async function listFlowVersions(
  db: Queryable,
  { workspace, path }: FlowPlace,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly Pick<FlowRow, 'id' | 'deployment_message' | 'created_at' | 'created_by'>[]> {
  return await db
    .selectFrom('flow_version')
    .select(['id', 'deployment_message', 'created_at', 'created_by'])
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
}

/**
 * Appends a version, the head from then on, of a new flow too; its `json` columns are JSON texts. It serves as well, unless
 * it `waits` for its locks where another one serves.
 */
export async function insertFlowVersion(
  db: Queryable,
  version: Omit<Insertable<FlowVersionTable>, 'id'>,
  { waits }: { readonly waits: boolean },
): Promise<number> {
  const { id } = await db.insertInto('flow_version').values(version).returning('id').executeTakeFirstOrThrow()
  await sql`
    insert into flow (workspace_id, path, head, serving) values (${version.workspace_id}, ${version.path}, ${id}, ${id})
    on conflict (workspace_id, path) do update set head = ${id}, archived = false,
      serving = case when ${waits} and not flow.archived then flow.serving else ${id} end`.execute(db)
  return id
}

/** Lets a version serve at its path, if it is still the head there. */
export async function letFlowServe(db: Queryable, workspace: string, id: number): Promise<void> {
  await db
    .updateTable('flow')
    .set({ serving: id })
    .where('workspace_id', '=', workspace)
    .where('head', '=', id)
    .execute()
}

/** Moves a flow with all its versions. */
export async function moveFlow(db: Queryable, { workspace, path }: FlowPlace, to: string): Promise<void> {
  await db
    .updateTable('flow')
    .set({ path: to })
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .execute()
}

/** Takes a flow out of the lists or puts it back; false when there is none. */
export async function archiveFlow(db: Queryable, { workspace, path }: FlowPlace, archived: boolean): Promise<boolean> {
  const query = db.updateTable('flow').set({ archived }).where('workspace_id', '=', workspace).where('path', '=', path)
  const { numUpdatedRows } = await query.executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Deletes a flow and its versions; false when there is none. */
export async function deleteFlow(db: Queryable, { workspace, path }: FlowPlace): Promise<boolean> {
  const query = db.deleteFrom('flow').where('workspace_id', '=', workspace).where('path', '=', path)
  return (await query.executeTakeFirst()).numDeletedRows > 0n
}

/** Changes the message of a version. */
export async function setFlowMessage(db: Queryable, workspace: string, id: number, message: string): Promise<void> {
  await db
    .updateTable('flow_version')
    .set({ deployment_message: message })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute()
}

/** Notes what the inline scripts of a version import themselves. */
export async function setFlowImports(
  db: Queryable,
  workspace: string,
  id: number,
  imports: readonly string[],
): Promise<void> {
  const query = db.updateTable('flow_version').set({ imports: [...imports] })
  await query.where('workspace_id', '=', workspace).where('id', '=', id).execute()
}

/** Sets one of the options of a version. */
export async function setFlowOption(
  db: Queryable,
  { workspace, id }: { readonly workspace: string; readonly id: number },
  option: Readonly<Record<string, unknown>>,
): Promise<void> {
  await sql`
    update flow_version set options = options || ${JSON.stringify(option)}::jsonb
    where workspace_id = ${workspace} and id = ${id}`.execute(db)
}
