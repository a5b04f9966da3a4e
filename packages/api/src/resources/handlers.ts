import { Problem } from '@millrace/base/problem'
import { HandlerEvent, handlers as contract, type EditHandler } from '@millrace/contracts'
import { inWorkspace } from '@millrace/db'
import { listHandlers } from '@millrace/db/tables/handler'
import { findWorkspace, type WorkspaceRow } from '@millrace/db/tables/workspace'
import { z } from 'zod'
import { editHandler } from '../handlers/edit-handler.ts'
import { toHandlers } from '../handlers/to-handlers.ts'
import { implement, type CallerContext, type WorkspaceContext } from '../http/implement.ts'
import { parseWith } from '../http/parse-with.ts'

const KnownEvent = z.object({ event: HandlerEvent })
/** Where handlers of the instance are kept. */
const HOME = 'admins'

export const handlers = implement(contract, {
  getSettings: {
    may: 'workspace.settings_see',
    async run(cx) {
      const rows = await cx.inside((tx) => listHandlers(tx, { workspace: cx.workspace, scope: 'workspace' }))
      const { id, name, color } = await requireWorkspace(cx)
      return { workspace_id: id, name, ...(color !== '' && { color }), ...toHandlers(rows) }
    },
  },
  getWorkspaceName: { may: 'workspace.name_see', run: async (cx) => (await requireWorkspace(cx)).name },
  editErrorHandler: {
    may: 'workspace.settings_write',
    run(cx, { body }) {
      const { error_handler, error_handler_extra_args, error_handler_muted_on_cancel, ...setting } = body
      return edit(cx, 'error', {
        ...setting,
        path: setting.path ?? error_handler,
        extra_args: setting.extra_args ?? error_handler_extra_args,
        muted_on_cancel: setting.muted_on_cancel ?? error_handler_muted_on_cancel,
      })
    },
  },
  editSuccessHandler: {
    may: 'workspace.settings_write',
    run(cx, { body: { success_handler, success_handler_extra_args, ...setting } }) {
      const path = setting.path ?? success_handler
      return edit(cx, 'success', { ...setting, path, extra_args: setting.extra_args ?? success_handler_extra_args })
    },
  },
  editRecoveryHandler: { may: 'workspace.settings_write', run: (cx, { body }) => edit(cx, 'recovery', body) },
  getInstanceHandlers: {
    may: 'setting.see',
    run: async (cx) =>
      toHandlers(await inWorkspace(cx.db, HOME, (tx) => listHandlers(tx, { workspace: HOME, scope: 'instance' }))),
  },
  editInstanceHandler: {
    may: 'setting.write',
    run: (cx, { body, ...params }) => editOfInstance(cx, parseWith(KnownEvent, params, 'path').event, body),
  },
})

async function requireWorkspace(cx: WorkspaceContext): Promise<WorkspaceRow> {
  const workspace = await cx.inside((tx) => findWorkspace(tx, cx.workspace))
  if (!workspace) throw new Problem('workspace.not_found', `There is no workspace "${cx.workspace}".`)
  return workspace
}

async function edit(cx: WorkspaceContext, event: HandlerEvent, setting: EditHandler): Promise<string> {
  const { workspace, member, caller } = cx
  const chooser = { username: member.username, email: caller.email }
  return await cx.inside((tx) => editHandler(tx, { workspace, scope: 'workspace', event }, setting, chooser))
}

/** Whoever chooses one is a member of the workspace that it runs in. */
async function editOfInstance(cx: CallerContext, event: HandlerEvent, setting: EditHandler): Promise<string> {
  const { username } = await cx.requireMembership(HOME)
  const chooser = { username, email: cx.caller.email }
  const place = { workspace: HOME, scope: 'instance', event } as const
  return await inWorkspace(cx.db, HOME, (tx) => editHandler(tx, place, setting, chooser))
}
