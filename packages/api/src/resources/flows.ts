import { FlowValue, flows as contract, type FlowVersion } from '@millrace/contracts'
import * as table from '@millrace/db/tables/flow'
import { findFlowLockState } from '@millrace/db/tables/flow-lock'
import { listFlowsWithStep } from '@millrace/db/tables/flow-step'
import { loadGrammars } from '@millrace/runtimes'
import { checkChat, checkFlow } from '../flows/check-flow.ts'
import { createFlow, missing, updateFlow } from '../flows/deploy-flow.ts'
import { toFlow, toFlowItem } from '../flows/to-flow.ts'
import { implement, type WorkspaceContext } from '../http/implement.ts'
import { pageOf } from '../page-of.ts'
import { requireWritablePath } from '../policy/paths.ts'

/** Documents that are sent at once to be searched. */
const SEARCHED_MAX = 1000

export const flows = implement(contract, {
  createFlow: {
    may: 'flow.write',
    async run(cx, { body }) {
      checkFlow(body.value)
      checkChat(body.value, body.schema)
      await loadGrammars()
      const { announce } = await cx.inside((tx) => createFlow(tx, cx, body.path, body))
      announce()
      return body.path
    },
  },
  updateFlow: {
    may: 'flow.write',
    async run(cx, { path, body }) {
      checkFlow(body.value)
      checkChat(body.value, body.schema)
      await loadGrammars()
      const { announce } = await cx.inside((tx) => updateFlow(tx, cx, path, body))
      announce()
      return body.path ?? path
    },
  },
  listFlows: {
    may: 'flow.read',
    async run(cx, { query }) {
      // Nobody has a star or a draft.
      if (query.starred_only) return []
      const filter = {
        ...pageOf(query),
        ascending: query.order_desc === false,
        archived: query.show_archived ?? false,
        createdBy: query.created_by,
        pathStart: query.path_start,
        pathExact: query.path_exact,
        label: query.label,
        dedicatedWorker: query.dedicated_worker,
      }
      const rows = await cx.inside((tx) => table.listFlows(tx, cx.workspace, filter))
      return rows.map((row) => {
        const { description, ...item } = toFlowItem(row)
        return {
          ...item,
          ...(!query.without_description && { description }),
          ...(query.with_deployment_msg && row.deployment_message && { deployment_msg: row.deployment_message }),
        }
      })
    },
  },
  listFlowPaths: {
    may: 'flow.read',
    run: async (cx) => [...(await cx.inside((tx) => table.listFlowPaths(tx, cx.workspace)))],
  },
  listSearchFlow: {
    may: 'flow.read',
    async run(cx) {
      const rows = await cx.inside((tx) => table.listFlowValues(tx, cx.workspace, SEARCHED_MAX))
      return rows.map(({ path, value }) => ({ path, value: FlowValue.parse(value) }))
    },
  },
  listFlowPathsFromWorkspaceRunnable: {
    may: 'flow.read',
    async run(cx, { runnable_kind: kind, path, query }) {
      const wanted = { step: `${kind}/${path}`, below: query.match_path_start ?? false }
      return [...(await cx.inside((tx) => listFlowsWithStep(tx, cx.workspace, wanted)))]
    },
  },
  getFlowByPath: {
    may: 'flow.read',
    run: async (cx, { path }) => toFlow((await find(cx, path)) ?? missing(path)),
  },
  getFlowVersion: {
    may: 'flow.read',
    run: async (cx, { version }) => toFlow((await findVersion(cx, version)) ?? missing(version)),
  },
  existsFlowByPath: { may: 'flow.read', run: async (cx, { path }) => (await find(cx, path)) !== undefined },
  getFlowHistory: {
    may: 'flow.read',
    async run(cx, { path, query }) {
      const page = pageOf(query)
      const rows = await cx.inside((tx) => table.listFlowVersions(tx, { workspace: cx.workspace, path }, page))
      if (rows.length === 0 && page.offset === 0) missing(path)
      return rows.map(toVersion)
    },
  },
  getFlowLatestVersion: {
    may: 'flow.read',
    run: async (cx, { path }) => toVersion((await find(cx, path)) ?? missing(path)),
  },
  updateFlowHistory: {
    may: 'flow.write',
    async run(cx, { version, body }) {
      const { path } = (await findVersion(cx, version)) ?? missing(version)
      requireWritablePath(cx.member, path)
      await cx.inside((tx) => table.setFlowMessage(tx, cx.workspace, version, body.deployment_msg))
      return `the message of version ${version} of ${path} is changed`
    },
  },
  getFlowDeploymentStatus: {
    may: 'flow.read',
    async run(cx, { path }) {
      const { id } = (await find(cx, path)) ?? missing(path)
      const { lock_error_logs: error, lock_job: job } =
        (await cx.inside((tx) => findFlowLockState(tx, cx.workspace, id))) ?? missing(path)
      return { ...(error !== null && { lock_error_logs: error }), ...(job !== null && { job_id: job }) }
    },
  },
  toggleWorkspaceErrorHandlerForFlow: {
    may: 'flow.write',
    async run(cx, { path, body }) {
      requireWritablePath(cx.member, path)
      const { id } = (await find(cx, path)) ?? missing(path)
      const option = { ws_error_handler_muted: body.muted ?? false }
      await cx.inside((tx) => table.setFlowOption(tx, { workspace: cx.workspace, id }, option))
      return `failures of ${path} are ${body.muted ? 'not ' : ''}told to the error handler of the workspace`
    },
  },
  archiveFlowByPath: {
    may: 'flow.write',
    async run(cx, { path, body }) {
      requireWritablePath(cx.member, path)
      const archived = body?.archived ?? true
      const place = { workspace: cx.workspace, path }
      if (!(await cx.inside((tx) => table.archiveFlow(tx, place, archived)))) missing(path)
      return `${path} is ${archived ? 'archived' : 'back in the lists'}`
    },
  },
  deleteFlowByPath: {
    may: 'flow.write',
    async run(cx, { path }) {
      requireWritablePath(cx.member, path)
      // Clients that sync folders ask once for each file of a flow: it is over as soon as the flow is gone, whoever deleted it.
      await cx.inside((tx) => table.deleteFlow(tx, { workspace: cx.workspace, path }))
      return `${path} is deleted`
    },
  },
})

async function find(cx: WorkspaceContext, path: string): Promise<table.FlowRow | undefined> {
  return await cx.inside((tx) => table.findFlow(tx, { workspace: cx.workspace, path }))
}

async function findVersion(cx: WorkspaceContext, version: number): Promise<table.FlowRow | undefined> {
  return await cx.inside((tx) => table.findFlowVersion(tx, cx.workspace, version))
}

function toVersion(row: Pick<table.FlowRow, 'id' | 'created_at' | 'created_by' | 'deployment_message'>): FlowVersion {
  return {
    id: row.id,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
    ...(row.deployment_message !== null && { deployment_msg: row.deployment_message }),
  }
}
