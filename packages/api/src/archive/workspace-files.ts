import type { ArchiveQuery } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { listResourceTypes } from '@millrace/db/tables/resource-type'
import { walkFlows, walkResources, walkScripts, walkVariables, type Walk } from '@millrace/db/tables/whole-items'
import { listDependencyFiles } from '@millrace/db/tables/workspace-dependency'
import { findPackagedRuntime } from '@millrace/runtimes'
import { readablePrefixes } from '@millrace/vault'
import type { WorkspaceContext } from '../http/implement.ts'
import { readValue } from '../items/variable-values.ts'
import { jsonFile, onlySet, type ArchiveFile } from './archive-file.ts'
import { flowFile } from './flow-file.ts'
import { scriptFiles } from './script-files.ts'
import { settingsFile } from './settings-file.ts'

/** Rows that are read at once. */
const PIECE = 100

/**
 * The files of a workspace as `wmill sync` takes them, of each kind by path. What may not be readable comes before anything
 * is given: throws `variable.unreadable` then.
 */
export async function openWorkspaceFiles(
  cx: WorkspaceContext,
  query: ArchiveQuery,
): Promise<AsyncGenerator<ArchiveFile>> {
  const variables = query.skip_variables ? [] : await loadVariableFiles(cx, query)
  const { isAdmin } = cx.member
  const settings = query.include_settings && isAdmin ? [await settingsFile(cx)] : []
  const key = query.include_key && isAdmin ? [await keyFile(cx)] : []
  return workspaceFiles(cx, query, [...settings, ...key, ...variables])
}

async function* workspaceFiles(
  cx: WorkspaceContext,
  query: ArchiveQuery,
  first: readonly ArchiveFile[],
): AsyncGenerator<ArchiveFile> {
  yield* first
  if (!query.skip_resource_types) yield* await resourceTypeFiles(cx)
  if (!query.skip_resources) yield* resourceFiles(cx)
  if (query.include_workspace_dependencies && cx.member.isAdmin) yield* await dependencyFiles(cx)
  for await (const row of allOf(cx, walkScripts)) yield* scriptFiles(row, query.default_ts)
  for await (const row of allOf(cx, walkFlows)) yield flowFile(row)
}

async function loadVariableFiles(cx: WorkspaceContext, query: ArchiveQuery): Promise<readonly ArchiveFile[]> {
  const files: ArchiveFile[] = []
  const prefixes = readablePrefixes(cx.member)
  for await (const row of allOf(cx, (tx, walk) => walkVariables(tx, walk, prefixes))) {
    const isSecret = row.sealed !== null
    if (isSecret && query.skip_secrets) continue
    const value = await cx.inside(async (tx) => {
      const plain = await readValue(cx, tx, row)
      return isSecret && !query.plain_secret ? await cx.vault.toPortable(tx, cx.workspace, plain) : plain
    })
    const { description, account, labels } = row
    const said = {
      value,
      is_secret: isSecret,
      description,
      ...onlySet({ account }),
      is_oauth: row.is_oauth,
      ...(labels.length > 0 && { labels }),
    }
    files.push(jsonFile(`${row.path}.variable.json`, said))
  }
  return files
}

async function* resourceFiles(cx: WorkspaceContext): AsyncGenerator<ArchiveFile> {
  const prefixes = readablePrefixes(cx.member)
  for await (const row of allOf(cx, (tx, walk) => walkResources(tx, walk, prefixes))) {
    const { path, description, resource_type, labels } = row
    const value: unknown = JSON.parse(row.value ?? 'null')
    yield jsonFile(`${path}.resource.json`, {
      value,
      description,
      resource_type,
      ...(labels.length > 0 && { labels }),
    })
  }
}

/** Of the workspace itself; what is everybody's is kept elsewhere. */
async function resourceTypeFiles(cx: WorkspaceContext): Promise<readonly ArchiveFile[]> {
  const rows = await cx.inside((tx) => listResourceTypes(tx, cx.workspace))
  return rows
    .filter((row) => row.workspace_id === cx.workspace)
    .map(({ name, schema, description, format_extension, is_fileset }) =>
      jsonFile(`${name}.resource-type.json`, {
        schema,
        description,
        ...onlySet({ format_extension, is_fileset: is_fileset || undefined }),
      }),
    )
}

async function dependencyFiles(cx: WorkspaceContext): Promise<readonly ArchiveFile[]> {
  const rows = await cx.inside((tx) => listDependencyFiles(tx, cx.workspace))
  return rows.flatMap(({ language, name, content }) => {
    const file = findPackagedRuntime(language)?.dependencies.manifestFile
    return file === undefined ? [] : [{ name: `dependencies/${name === '' ? '' : `${name}.`}${file}`, content }]
  })
}

async function keyFile(cx: WorkspaceContext): Promise<ArchiveFile> {
  return jsonFile('encryption_key.json', await cx.inside((tx) => cx.vault.readKey(tx, cx.workspace)))
}

/** Every row of a kind; each piece is read by itself, so that a slow download holds no transaction. */
async function* allOf<Row extends { readonly path: string }>(
  cx: WorkspaceContext,
  walk: (tx: Queryable, piece: Walk) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let after = ''
  for (;;) {
    const piece = { workspace: cx.workspace, after, limit: PIECE }
    const rows = await cx.inside((tx) => walk(tx, piece))
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PIECE) return
    after = last.path
  }
}
