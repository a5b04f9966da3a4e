import { Problem } from '@millrace/base/problem'
import { handlers as contract, type EditHandler, type HandlerEvent, type Handlers } from '@millrace/contracts'
import { inWorkspace } from '@millrace/db'
import { listHandlers, type HandlerRow } from '@millrace/db/tables/handler'
import { findWorkspace } from '@millrace/db/tables/workspace'
import { editHandler } from '../handlers/edit-handler.ts'
import { implement, type CallerContext, type WorkspaceContext } from '../http/implement.ts'

/** Where handlers of the instance are kept. */
const HOME = 'admins'

export const handlers = implement(contract, {
  getSettings: {
    may: 'workspace.settings_see',
    async run(cx) {
      const [workspace, rows] = await cx.inside(async (tx) => [
        await findWorkspace(tx, cx.workspace),
        await listHandlers(tx, { workspace: cx.workspace, scope: 'workspace' }),
      ])
      if (!workspace) throw new Problem('workspace.not_found', `There is no workspace "${cx.workspace}".`)
      const { id, name, color } = workspace
      return { workspace_id: id, name, ...(color !== '' && { color }), ...toHandlers(rows) }
    },
  },
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
    run: (cx, { event, body }) => editOfInstance(cx, event, body),
  },
})

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

function toHandlers(rows: readonly HandlerRow[]): Handlers {
  const faults = rows.flatMap(({ event, fault, faulted_at: at }) =>
    fault === null || at === null ? [] : [[event, { message: fault, at: at.toISOString() }] as const],
  )
  return {
    ...Object.fromEntries(rows.map((row) => [`${row.event}_handler`, toConfig(row)])),
    ...(faults.length > 0 && { handler_faults: Object.fromEntries(faults) }),
  }
}

function toConfig(row: HandlerRow) {
  return {
    path: `${row.kind}/${row.path}`,
    ...(row.extra_args !== null && { extra_args: row.extra_args }),
    muted_on_cancel: row.muted_on_cancel,
    muted_on_user_path: row.muted_on_user_path,
    ...(row.muted_on_ui_runs && { muted_on_ui_runs: true }),
  }
}
