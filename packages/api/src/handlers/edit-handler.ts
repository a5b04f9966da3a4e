import { Problem } from '@millrace/base/problem'
import { FlowOptions, ScriptOptions, type EditHandler } from '@millrace/contracts'
import type { Queryable } from '@millrace/db'
import { findServingFlow } from '@millrace/db/tables/flow'
import { deleteHandler, putHandler, type HandlerPlace } from '@millrace/db/tables/handler'
import { findServingScript } from '@millrace/db/tables/script'

/** What handlers are told of, in words. */
const OF = { error: 'failures', success: 'successes', recovery: 'recoveries' } as const
const PATH = /^(script|flow)\/(.+)$/

/** In whose name the jobs of a handler run. */
export interface Chooser {
  readonly username: string
  readonly email: string
}

/** Puts a handler in the place of the one before, or takes it away; what is told of it. Throws `handler.invalid`. */
export async function editHandler(
  db: Queryable,
  place: HandlerPlace,
  { path, ...setting }: EditHandler,
  chooser: Chooser,
): Promise<string> {
  const whom = place.scope === 'instance' ? 'the instance' : `workspace ${place.workspace}`
  if (!path) {
    await deleteHandler(db, place)
    return `nobody is told of ${OF[place.event]} in ${whom} any more`
  }
  const runnable = await requireRunnable(db, place.workspace, path)
  await putHandler(db, {
    workspace_id: place.workspace,
    scope: place.scope,
    event: place.event,
    ...runnable,
    extra_args: setting.extra_args ? JSON.stringify(setting.extra_args) : null,
    muted_on_cancel: setting.muted_on_cancel ?? false,
    muted_on_user_path: setting.muted_on_user_path ?? false,
    muted_on_ui_runs: setting.muted_on_ui_runs ?? false,
    ...chooser,
  })
  return `${path} is told of ${OF[place.event]} in ${whom}`
}

/** What a handler names, if it is there to run and comes to an end. Throws `handler.invalid`. */
async function requireRunnable(
  db: Queryable,
  workspace: string,
  text: string,
): Promise<{ readonly kind: string; readonly path: string }> {
  const [, kind, path] = PATH.exec(text) ?? []
  if (kind === undefined || path === undefined)
    throw new Problem('handler.invalid', `${text} is no handler: name one as script/<path> or flow/<path>.`)
  const found =
    kind === 'flow' ? await findServingFlow(db, { workspace, path }) : await findServingScript(db, workspace, path)
  if (!found || found.archived)
    throw new Problem(
      'handler.invalid',
      `There is no ${kind} ${path} in workspace ${workspace} that could run: deploy it there, or name another one.`,
    )
  const options = kind === 'flow' ? FlowOptions.parse(found.options) : ScriptOptions.parse(found.options)
  if ('auto_kind' in found && found.auto_kind === 'lib')
    throw new Problem('handler.invalid', `${text} has no main function: give it one, or name another script.`)
  if ('restart_unless_cancelled' in options && options.restart_unless_cancelled)
    throw new Problem('handler.invalid', `${text} is started again whenever it ends: name one that comes to an end.`)
  return { kind, path }
}
