import type { HandlerRow } from '@millrace/db/tables/handler'
import type { Failing, JobEnd } from '@millrace/db/tables/job-end'
import { argsOf } from './handler-args.ts'

/** A handler and what it is told. */
export interface Telling {
  readonly handler: HandlerRow
  readonly end: JobEnd
  readonly args: Readonly<Record<string, unknown>>
}

/** What follows from ends, in order. */
export interface Chosen {
  readonly tellings: readonly Telling[]
  /** Scripts and flows that fail, and those that do so no longer. */
  readonly failing: readonly Failing[]
  readonly recovered: readonly Failing[]
}

/**
 * Who is told of these ends, where it is known what failed before. This is the one place that says which handlers a job has: those of
 * its workspace and those of the instance. What else may have some, such as a schedule, gives them to `handlersOf`.
 */
export function chooseHandlers(
  ends: readonly JobEnd[],
  handlers: readonly HandlerRow[],
  before: readonly Failing[],
): Chosen {
  const state = new Map<string, Failing | undefined>(before.map((row) => [nameOf(row), row]))
  const known = new Map(before.map((row) => [nameOf(row), row]))
  const tellings = ends.flatMap((end) => {
    const ofEnd = handlersOf(end, handlers)
    const failed = state.get(nameOf(end))
    const isRecovery = end.status === 'success' && failed !== undefined
    if (end.status === 'failure' && !end.is_muted && ofEnd.some(({ event }) => event === 'recovery'))
      state.set(nameOf(end), failAgain(end, failed))
    if (isRecovery) state.set(nameOf(end), undefined)
    const told = ofEnd.filter(({ event }) => {
      if (event === 'recovery') return isRecovery
      return event === 'success' ? end.status === 'success' : end.status !== 'success' && !end.is_muted
    })
    return told.map((handler) => ({ handler, end, args: argsOf(handler, end, failed) }))
  })
  const failing = [...state.values()].filter((row) => row !== undefined)
  const recovered = [...known].filter(([name]) => state.get(name) === undefined).map(([, row]) => row)
  return { tellings, failing: failing.filter((row) => known.get(nameOf(row)) !== row), recovered }
}

/** The handlers of a job but those that are muted for it; nobody is told of what they do themselves. */
function handlersOf(end: JobEnd, handlers: readonly HandlerRow[]): readonly HandlerRow[] {
  return handlers.filter((handler) => {
    const isOwn = handler.workspace_id === end.workspace_id && handler.path === end.path && handler.kind === end.kind
    if (isOwn || (handler.scope === 'workspace' && handler.workspace_id !== end.workspace_id)) return false
    if (handler.muted_on_cancel && end.status === 'canceled') return false
    if (handler.muted_on_user_path && end.path.startsWith('u/')) return false
    return !(handler.muted_on_ui_runs && end.trigger_kind === 'ui')
  })
}

function failAgain(end: JobEnd, before: Failing | undefined): Failing {
  const { workspace_id, kind, path, job_id, result } = end
  const since = before?.since ?? end.started_at ?? end.created_at
  return { workspace_id, kind, path, job_id, result, since, times: (before?.times ?? 0) + 1 }
}

function nameOf({ workspace_id: workspace, kind, path }: Pick<Failing, 'workspace_id' | 'kind' | 'path'>): string {
  return `${workspace} ${kind}/${path}`
}
