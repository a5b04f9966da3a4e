import { Problem } from '@millrace/base/problem'
import { workspaceDependencies as contract, type RawLock, type WorkspaceDependencies } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import { findScriptHead, listScriptPaths, lockScriptPaths } from '@millrace/db/tables/script'
import * as imports from '@millrace/db/tables/script-import'
import { findFlow, listFlowPaths, lockFlowPaths, setFlowImports, type FlowPlace } from '@millrace/db/tables/flow'
import * as table from '@millrace/db/tables/workspace-dependency'
import { lockImporters, rawLockJob, type NewJob } from '@millrace/queue'
import { dependencyFilePath, findOwnImports, findPackagedRuntime, loadGrammars } from '@millrace/runtimes'
import { listImports } from '../flows/needed-locks.ts'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { enqueueCall } from '../jobs/enqueue-call.ts'
import { runAndWait } from '../jobs/wait-result.ts'
import { requireRuntime } from '../scripts/infer-schema.ts'
import { lockedFor } from '../scripts/locked-for.ts'

const FOLDER = 'dependencies/'

export const workspaceDependencies = implement(contract, {
  createWorkspaceDependencies: {
    may: 'workspace_dependencies.write',
    async run(cx, { body }) {
      requireAdmin(cx)
      const language = requireLocking(body.language)
      const { description, content } = body
      const file = { language, name: body.name ?? '' }
      const row = { ...file, description: description ?? '', content, created_by: cx.member.username }
      const id = await change(cx, file, (tx) => table.insertDependencyFile(tx, { ...row, workspace_id: cx.workspace }))
      return String(id)
    },
  },
  archiveWorkspaceDependencies: {
    may: 'workspace_dependencies.write',
    async run(cx, { language, query }) {
      requireAdmin(cx)
      const file = { language, name: query.name ?? '' }
      if (!(await change(cx, file, (tx) => table.archiveDependencyFile(tx, cx.workspace, file)))) missing(file)
      return `${dependencyFilePath(file)} is archived`
    },
  },
  deleteWorkspaceDependencies: {
    may: 'workspace_dependencies.write',
    async run(cx, { language, query }) {
      requireAdmin(cx)
      const file = { language, name: query.name ?? '' }
      if (!(await change(cx, file, (tx) => table.deleteDependencyFile(tx, cx.workspace, file)))) missing(file)
      return `${dependencyFilePath(file)} is deleted`
    },
  },
  listWorkspaceDependencies: {
    may: 'workspace_dependencies.read',
    run: async (cx) => (await cx.inside((tx) => table.listDependencyFiles(tx, cx.workspace))).map(toFile),
  },
  getLatestWorkspaceDependencies: {
    may: 'workspace_dependencies.read',
    async run(cx, { language, query }) {
      const file = { language, name: query.name ?? '' }
      return toFile((await cx.inside((tx) => table.findDependencyFile(tx, cx.workspace, file))) ?? missing(file))
    },
  },
  listAllWorkspaceDependencies: {
    may: 'config.see',
    run: async (cx) =>
      (await table.listAllDependencyFiles(cx.db.kysely)).map(({ workspace_id, language, name }) => ({
        workspace_id,
        language,
        ...(name !== '' && { name }),
      })),
  },
  getDependents: {
    may: 'script.read',
    async run(cx, { imported_path: imported }) {
      const found = await cx.inside((tx) => imports.listDependents(tx, cx.workspace, imported))
      return [...found]
    },
  },
  getDependentsAmounts: {
    may: 'script.read',
    async run(cx, { body }) {
      const found = await cx.inside((tx) => imports.countDependents(tx, cx.workspace, body))
      return body.map((path) => ({ imported_path: path, count: found.get(path) ?? 0 }))
    },
  },
  getDependencyMap: {
    may: 'script.read',
    async run(cx) {
      const found = await cx.inside((tx) => imports.listImports(tx, cx.workspace))
      return found.map((row) => ({ ...row, workspace_id: cx.workspace }))
    },
  },
  rebuildDependencyMap: {
    may: 'workspace_dependencies.write',
    async run(cx) {
      requireAdmin(cx)
      await loadGrammars()
      const paths = await cx.inside((tx) => listScriptPaths(tx, cx.workspace))
      for (const path of paths) await cx.inside((tx) => noteImports(tx, cx.workspace, path))
      const flows = await cx.inside((tx) => listFlowPaths(tx, cx.workspace))
      for (const path of flows) await cx.inside((tx) => noteFlowImports(tx, { workspace: cx.workspace, path }))
      return `the imports of ${paths.length} scripts and ${flows.length} flows are noted`
    },
  },
  runRawScriptDependencies: {
    may: 'job.preview',
    run: (cx, { body }) => runAndWait(cx, rawLock(cx, body), {}),
  },
  runRawScriptDependenciesAsync: { may: 'job.preview', run: (cx, { body }) => enqueueCall(cx, rawLock(cx, body)) },
})

async function noteImports(tx: WorkspaceTransaction, workspace: string, path: string): Promise<void> {
  await lockScriptPaths(tx, workspace, { written: [path] })
  const head = await findScriptHead(tx, workspace, path)
  await imports.replaceImports(tx, workspace, path, head ? findOwnImports(head) : [])
}

async function noteFlowImports(tx: WorkspaceTransaction, place: FlowPlace): Promise<void> {
  await lockFlowPaths(tx, place.workspace, [place.path])
  const head = await findFlow(tx, place)
  if (head) await setFlowImports(tx, place.workspace, head.id, listImports(head.value, place.path))
}

/** Changes a file, and has the scripts and flows locked anew that use it. */
async function change<T>(
  cx: WorkspaceContext,
  file: table.DependencyFile,
  work: (tx: WorkspaceTransaction) => Promise<T>,
): Promise<T> {
  const { value, announce } = await cx.inside(async (tx) => {
    const changed = await work(tx)
    const imported = [dependencyFilePath(file)]
    const locking = await lockImporters(cx.queue, tx, { workspaceId: cx.workspace, imported }, lockedFor(cx))
    return { value: changed, announce: locking.announce }
  })
  announce()
  return value
}

function rawLock(cx: WorkspaceContext, body: RawLock): NewJob {
  const [script] = body.raw_scripts
  if (!script) throw new Problem('request.invalid', 'Send the script to be locked as the one element of "raw_scripts".')
  const { raw_code: rawCode, script_path: scriptPath } = script
  const language = requireRuntime(script.language).id
  const files = body.raw_workspace_dependencies
  const args = files ? { args: { manifests: nameManifests(language, files) } } : {}
  return rawLockJob({ workspaceId: cx.workspace, language, rawCode, scriptPath, ...args }, lockedFor(cx))
}

/** Dependency files of a language by name, from `dependencies/[<name>.]<file>`. */
function nameManifests(language: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const file = findPackagedRuntime(language)?.dependencies.manifestFile
  if (file === undefined) return {}
  const named = Object.entries(files).flatMap(([path, content]): [string, string][] => {
    const base = path.startsWith(FOLDER) ? path.slice(FOLDER.length) : path
    if (base === file) return [['', content]]
    return base.endsWith(`.${file}`) ? [[base.slice(0, -file.length - 1), content]] : []
  })
  return Object.fromEntries(named)
}

/** The language, if it pins packages. */
function requireLocking(language: string): string {
  const runtime = requireRuntime(language)
  if (findPackagedRuntime(language)?.dependencies.manifestFile !== undefined) return runtime.id
  throw new Problem(
    'request.invalid',
    `Scripts in ${runtime.info.label} use no dependency files: choose another language.`,
  )
}

function requireAdmin({ member }: WorkspaceContext): void {
  if (!member.isAdmin)
    throw new Problem('auth.forbidden', 'Dependency files are changed by administrators of the workspace: ask one.')
}

function toFile(row: table.WorkspaceDependencyRow): WorkspaceDependencies {
  return {
    id: row.id,
    archived: row.archived,
    ...(row.name !== '' && { name: row.name }),
    description: row.description,
    content: row.content,
    language: row.language,
    workspace_id: row.workspace_id,
    created_at: row.created_at.toISOString(),
  }
}

function missing(file: table.DependencyFile): never {
  const path = dependencyFilePath(file).slice(0, 300)
  throw new Problem('workspace_dependencies.not_found', `There is no ${path} in this workspace.`)
}
