import { Problem } from '@millrace/base/problem'
import { scripts as contract, type DeploymentStatus, type NewScript } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { findJobState } from '@millrace/db/tables/job'
import * as table from '@millrace/db/tables/script'
import { findLockState } from '@millrace/db/tables/script-lock'
import { setScriptOption } from '@millrace/db/tables/script-option'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { pageOf } from '../page-of.ts'
import { requireWritablePath } from '../policy/paths.ts'
import { deployScript, draftScript } from '../scripts/deploy-script.ts'
import { inferSchema } from '../scripts/infer-schema.ts'
import { toScript, toScriptItem } from '../scripts/to-script.ts'

export const scripts = implement(contract, {
  createScript: {
    may: 'script.write',
    run: (cx, { body, query }) => createScript(cx, body, query.skip_if_noop ?? false),
  },
  listScripts: {
    may: 'script.read',
    async run(cx, { query }) {
      const filter = {
        ...pageOf(query),
        ascending: query.order_desc === false,
        archived: query.show_archived ?? false,
        withLibraries: query.include_without_main ?? false,
        createdBy: query.created_by,
        pathStart: query.path_start,
        pathExact: query.path_exact,
        kinds: words(query.kinds),
        languages: words(query.languages),
      }
      return (await cx.inside((tx) => table.listScripts(tx, cx.workspace, filter))).map(toScriptItem)
    },
  },
  listScriptPaths: {
    may: 'script.read',
    run: async (cx) => [...(await cx.inside((tx) => table.listScriptPaths(tx, cx.workspace)))],
  },
  getScriptByPath: {
    may: 'script.read',
    run: (cx, { path }) => loadWhole(cx, (tx) => table.findNewestScript(tx, cx.workspace, path), path),
  },
  getScriptByHash: {
    may: 'script.read',
    run: (cx, { hash }) => loadWhole(cx, (tx) => table.findScriptByHash(tx, cx.workspace, hash), hash),
  },
  rawScriptByPath: { may: 'script.read', run: (cx, { path }) => loadRawByPath(cx, path) },
  rawScriptByHash: {
    may: 'script.read',
    async run(cx, { hash }) {
      const found = await cx.inside((tx) => table.findScriptByHash(tx, cx.workspace, withoutExtension(hash)))
      return (found ?? missing(hash)).content
    },
  },
  existsScriptByPath: {
    may: 'script.read',
    run: async (cx, { path }) => (await cx.inside((tx) => table.findScriptHead(tx, cx.workspace, path))) !== undefined,
  },
  getScriptHistoryByPath: {
    may: 'script.read',
    async run(cx, { path, query }) {
      const rows = await cx.inside((tx) => table.listScriptVersions(tx, cx.workspace, path, pageOf(query)))
      if (rows.length === 0 && pageOf(query).offset === 0) missing(path)
      return rows.map((row) => ({
        script_hash: row.hash,
        ...(row.deployment_message !== null && { deployment_msg: row.deployment_message }),
        created_at: row.created_at.toISOString(),
        created_by: row.created_by,
      }))
    },
  },
  toggleWorkspaceErrorHandlerForScript: {
    may: 'script.write',
    async run(cx, { path, body }) {
      requireWritablePath(cx.member, path)
      const option = { ws_error_handler_muted: body.muted ?? false }
      if (!(await cx.inside((tx) => setScriptOption(tx, cx.workspace, path, option)))) missing(path)
      return `failures of ${path} are ${body.muted ? 'not ' : ''}told to the error handler of the workspace`
    },
  },
  archiveScriptByPath: {
    may: 'script.write',
    async run(cx, { path }) {
      requireWritablePath(cx.member, path)
      if (!(await cx.inside((tx) => table.archiveScript(tx, cx.workspace, { path })))) missing(path)
      return `${path} is archived`
    },
  },
  archiveScriptByHash: {
    may: 'script.write',
    async run(cx, { hash }) {
      const found = await cx.inside((tx) => table.findScriptByHash(tx, cx.workspace, hash))
      requireWritablePath(cx.member, (found ?? missing(hash)).path)
      await cx.inside((tx) => table.archiveScript(tx, cx.workspace, { hash }))
      return await loadWhole(cx, (tx) => table.findScriptByHash(tx, cx.workspace, hash), hash)
    },
  },
  getScriptDeploymentStatus: {
    may: 'script.read',
    run: (cx, { hash }) => cx.inside((tx) => readDeploymentStatus(tx, cx.workspace, hash)),
  },
  inferSignature: {
    may: 'script.infer',
    async run(_cx, { body }) {
      const inferred = await inferSchema(body.language, body.content, body.previous)
      if (inferred.ok) {
        const { schema, autoKind, hasPreprocessor } = inferred.value
        return { schema, auto_kind: autoKind, has_preprocessor: hasPreprocessor }
      }
      const { message, line } = inferred.error
      const error = { message, ...(line !== undefined && { line }) }
      return { schema: {}, auto_kind: null, has_preprocessor: false, error }
    },
  },
})

async function createScript(cx: WorkspaceContext, body: NewScript, skipIfNoop: boolean): Promise<string> {
  requireWritablePath(cx.member, body.path)
  const before = body.schema ? undefined : await cx.inside((tx) => table.findScriptHead(tx, cx.workspace, body.path))
  const draft = await draftScript(cx.member, body, before)
  const wish = { parentHash: body.parent_hash ?? undefined, autoParent: body.auto_parent ?? false, skipIfNoop }
  const { hash, announce } = await cx.inside((tx) => deployScript(tx, cx, draft, wish))
  announce()
  return hash
}

async function readDeploymentStatus(tx: Queryable, workspace: string, hash: string): Promise<DeploymentStatus> {
  const { lock, lock_error_logs: error, lock_job: job } = (await findLockState(tx, workspace, hash)) ?? missing(hash)
  // Without a word about the lock its job was cancelled before it began.
  const isOver = lock === null && error === null && job !== null && (await findJobState(tx, workspace, job))?.status
  const said = isOver ? `Its job ${job} ended before it had made a lock: deploy the script again.` : error
  return {
    ...(lock !== null && { lock }),
    ...(said !== null && { lock_error_logs: said }),
    ...(job !== null && { job_id: job }),
  }
}

type Find = (tx: Parameters<typeof table.findScriptByHash>[0]) => Promise<table.ScriptRow | undefined>

async function loadWhole(cx: WorkspaceContext, find: Find, name: string) {
  return await cx.inside(async (tx) => {
    const row = (await find(tx)) ?? missing(name)
    return toScript(row, await table.listParentHashes(tx, cx.workspace, row.hash))
  })
}

/** The name itself wins over the name without what looks like an extension. */
async function loadRawByPath(cx: WorkspaceContext, path: string): Promise<string> {
  return await cx.inside(async (tx) => {
    const exact = await table.findNewestScript(tx, cx.workspace, path)
    const found = exact ?? (await table.findNewestScript(tx, cx.workspace, withoutExtension(path)))
    return (found ?? missing(path)).content
  })
}

function withoutExtension(name: string): string {
  return name.replace(/\.\w+$/, '')
}

function words(list: string | undefined): readonly string[] | undefined {
  return list?.split(',').filter(Boolean)
}

function missing(name: string): never {
  throw new Problem('script.not_found', `There is no script ${name.slice(0, 300)} in this workspace.`)
}
