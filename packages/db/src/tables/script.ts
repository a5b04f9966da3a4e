import { sql, type Insertable, type Selectable } from 'kysely'
import type { Queryable } from '../database.ts'
import type { ScriptTable } from '../schema.generated.ts'

/** One version of a script. */
export type ScriptRow = Selectable<ScriptTable>

/** A row of the list: without content, lock and schema. */
export type ScriptListRow = Omit<ScriptRow, 'content' | 'lock' | 'schema' | 'lock_key' | 'lock_revision'> & {
  readonly lacks_lock: boolean
}

/** What the list may be narrowed by; undefined fields narrow nothing. */
export interface ScriptListFilter {
  readonly limit: number
  readonly offset: number
  readonly ascending: boolean
  readonly archived: boolean
  readonly withLibraries: boolean
  readonly createdBy: string | undefined
  readonly pathStart: string | undefined
  readonly pathExact: string | undefined
  readonly kinds: readonly string[] | undefined
  readonly languages: readonly string[] | undefined
}

/**
 * Makes all other deployments to these paths of the workspace wait for this transaction, and so those to paths that are read, which many
 * may do at once.
 */
export async function lockScriptPaths(
  db: Queryable,
  workspace: string,
  { written, read = [] }: { readonly written: readonly string[]; readonly read?: readonly string[] },
): Promise<void> {
  for (const path of [...new Set([...written, ...read])].sort()) {
    const key = sql`hashtextextended(${`script ${workspace} ${path}`}, 0)`
    if (written.includes(path)) await sql`select pg_advisory_xact_lock(${key})`.execute(db)
    else await sql`select pg_advisory_xact_lock_shared(${key})`.execute(db)
  }
}

/** The newest version at a path that is not archived: what people see and edit. It may not serve yet, while its lock is made. */
export async function findScriptHead(db: Queryable, workspace: string, path: string): Promise<ScriptRow | undefined> {
  return await db
    .selectFrom('script')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('archived', '=', false)
    .where('deleted', '=', false)
    .executeTakeFirst()
}

/** The version that runs at a path: the newest one that is ready, or the head where there is none yet. */
export async function findServingScript(
  db: Queryable,
  workspace: string,
  path: string,
): Promise<ScriptRow | undefined> {
  const serving = await db
    .selectFrom('script')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('serves', '=', true)
    .executeTakeFirst()
  return serving ?? (await findScriptHead(db, workspace, path))
}

/** Which versions are archived. */
export type WhichVersions = { readonly hash: string } | { readonly path: string }

/** The newest version at a path, archived or not. */
export async function findNewestScript(db: Queryable, workspace: string, path: string): Promise<ScriptRow | undefined> {
  return await db
    .selectFrom('script')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('deleted', '=', false)
    .orderBy('archived')
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** One version. */
export async function findScriptByHash(db: Queryable, workspace: string, hash: string): Promise<ScriptRow | undefined> {
  return await db
    .selectFrom('script')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('hash', '=', hash)
    .where('deleted', '=', false)
    .executeTakeFirst()
}

/** Hashes of the ancestors of a version, nearest first, at most 100. */
export async function listParentHashes(db: Queryable, workspace: string, hash: string): Promise<readonly string[]> {
  const { rows } = await sql<{ parent_hash: string }>`
    with recursive line as (
      select parent_hash, 1 as depth from script where workspace_id = ${workspace} and hash = ${hash}
      union all
      select s.parent_hash, line.depth + 1 from line
      join script s on s.workspace_id = ${workspace} and s.hash = line.parent_hash
      where line.depth < 100
    )
    select parent_hash from line where parent_hash is not null order by depth`.execute(db)
  return rows.map((row) => row.parent_hash)
}

/** Versions at a path, newest first. */
export async function listScriptVersions(
  db: Queryable,
  workspace: string,
  path: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly Pick<ScriptRow, 'hash' | 'deployment_message' | 'created_at' | 'created_by'>[]> {
  return await db
    .selectFrom('script')
    .select(['hash', 'deployment_message', 'created_at', 'created_by'])
    .where('workspace_id', '=', workspace)
    .where('path', '=', path)
    .where('deleted', '=', false)
    .orderBy('created_at', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
}

/** A language that scripts of any workspace are deployed in, and a tag that their jobs have. */
export interface DeployedLanguage {
  readonly language: string
  readonly tag: string
}

/** Languages of scripts that may run, those first that the newest jobs are in, the last one first. */
export async function listDeployedLanguages(db: Queryable): Promise<readonly DeployedLanguage[]> {
  const { rows } = await sql<DeployedLanguage>`
    with deployed as (
      select distinct language, coalesce(tag, language) as tag from script where not archived and not deleted
    ), lately as (
      select language, max(id::text) as newest from (select id, language from job order by id desc limit 2000) as job
      group by language
    )
    select language, tag from deployed left join lately using (language) order by newest desc nulls last, language, tag`.execute(
    db,
  )
  return rows
}

/** Paths that a script runs at, in order. */
export async function listScriptPaths(db: Queryable, workspace: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('script')
    .select('path')
    .where('workspace_id', '=', workspace)
    .where('archived', '=', false)
    .where('deleted', '=', false)
    .orderBy('path')
    .execute()
  return rows.map((row) => row.path)
}

/** Heads, or with `archived` the newest version of each path that has no head. */
export async function listScripts(
  db: Queryable,
  workspace: string,
  filter: ScriptListFilter,
): Promise<readonly ScriptListRow[]> {
  const { createdBy, pathStart, pathExact, kinds, languages } = filter
  return await db
    .selectFrom('script as s')
    .select([
      's.workspace_id',
      's.hash',
      's.path',
      's.parent_hash',
      's.summary',
      's.description',
      's.language',
      's.kind',
      's.tag',
      's.timeout_s',
      's.auto_kind',
      's.has_preprocessor',
      's.options',
      's.deployment_message',
      's.created_by',
      's.created_at',
      's.archived',
      's.deleted',
      's.serves',
      's.lock_error_logs',
      's.lock_job',
    ]) // prettier-ignore
    .select(sql<boolean>`s.lock is null`.as('lacks_lock'))
    .where('s.workspace_id', '=', workspace)
    .where('s.deleted', '=', false)
    .where('s.archived', '=', filter.archived)
    .$if(filter.archived, (query) =>
      query.where(
        sql<boolean>`not exists (select from script n where n.workspace_id = s.workspace_id and n.path = s.path
          and not n.deleted and (not n.archived or n.created_at > s.created_at))`,
      ),
    )
    .$if(!filter.withLibraries, (query) =>
      query.where((eb) => eb.or([eb('s.auto_kind', 'is', null), eb('s.auto_kind', '!=', 'lib')])),
    )
    .$if(createdBy !== undefined, (query) => query.where('s.created_by', '=', createdBy ?? ''))
    .$if(pathExact !== undefined, (query) => query.where('s.path', '=', pathExact ?? ''))
    .$if(pathStart !== undefined, (query) => query.where(sql<boolean>`starts_with(s.path, ${pathStart})`))
    .$if(kinds !== undefined, (query) => query.where('s.kind', 'in', kinds?.length ? kinds : ['']))
    .$if(languages !== undefined, (query) => query.where('s.language', 'in', languages?.length ? languages : ['']))
    .orderBy('s.created_at', filter.ascending ? 'asc' : 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
    .execute()
}

/** Appends a version; its `json` columns are JSON texts. */
export async function insertScript(db: Queryable, script: Insertable<ScriptTable>): Promise<void> {
  await db.insertInto('script').values(script).execute()
}

/** Whether a version serves at a path. */
export async function isServed(db: Queryable, workspace: string, path: string): Promise<boolean> {
  const query = db.selectFrom('script').select('hash').where('workspace_id', '=', workspace).where('path', '=', path)
  return (await query.where('serves', '=', true).executeTakeFirst()) !== undefined
}

/** Takes versions out of the lists, and no version serves at their paths any more; false when there is none to archive. */
export async function archiveScript(db: Queryable, workspace: string, which: WhichVersions): Promise<boolean> {
  const archived = await archiveVersions(db, workspace, which)
  const paths = [...new Set(archived.map(({ path }) => path))]
  if (paths.length > 0) await stopServing(db, workspace, paths)
  return archived.length > 0
}

/** Puts a version in the place of another: the old one is archived, and serves until the new one is ready. */
export async function supersedeScript(db: Queryable, workspace: string, hash: string): Promise<void> {
  await archiveVersions(db, workspace, { hash })
}

/** Lets a version serve at its path in place of the one that did. */
export async function letScriptServe(
  db: Queryable,
  workspace: string,
  { path, hash }: { readonly path: string; readonly hash: string },
): Promise<void> {
  await stopServing(db, workspace, [path])
  await db
    .updateTable('script')
    .set({ serves: true })
    .where('workspace_id', '=', workspace)
    .where('hash', '=', hash)
    .execute()
}

/** No version serves at these paths any more. */
export async function stopServing(db: Queryable, workspace: string, paths: readonly string[]): Promise<void> {
  await db
    .updateTable('script')
    .set({ serves: false })
    .where('workspace_id', '=', workspace)
    .where('path', 'in', paths)
    .where('serves', '=', true)
    .execute()
}

async function archiveVersions(
  db: Queryable,
  workspace: string,
  which: WhichVersions,
): Promise<readonly { path: string }[]> {
  return await db
    .updateTable('script')
    .set({ archived: true })
    .where('workspace_id', '=', workspace)
    .where('archived', '=', false)
    .where('deleted', '=', false)
    .$if('hash' in which, (query) => query.where('hash', '=', 'hash' in which ? which.hash : ''))
    .$if('path' in which, (query) => query.where('path', '=', 'path' in which ? which.path : ''))
    .returning('path')
    .execute()
}
