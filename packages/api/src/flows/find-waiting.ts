import { Problem } from '@millrace/base/problem'
import type { WorkspaceTransaction } from '@millrace/db'
import { findFrame, listWaitingFrames, type FrameRow } from '@millrace/db/tables/flow-frame'
import { findJob, type WholeJobRow } from '@millrace/db/tables/job'
import type { FrameState } from '@millrace/flow'
import { frameKinds, readAnswerRules, type AnswerRules } from '@millrace/queue'
import { awaitsOf } from './load-flow-status.ts'

/** A module that waits for people, or will when it has run. */
export interface Waiting {
  readonly frame: FrameRow
  readonly module: string
  readonly rules: SuspendRules
}

/** Who may answer, and what they are asked. */
export interface SuspendRules extends AnswerRules {
  readonly isCancelHidden: boolean
  readonly form: unknown
}

/** What answers to a job are about: a step, or the run that it is. Throws `job.not_found` and `flow_run.not_found`. */
export interface Asked {
  readonly job: WholeJobRow
  /** The run of the flow, the outermost one. */
  readonly root: WholeJobRow
  readonly waiting: Waiting | undefined
}

/** Finds what a job waits for, if it does: a step for itself, a run for the first module below that waits. */
export async function findAsked(tx: WorkspaceTransaction, workspace: string, id: string): Promise<Asked> {
  const job = await findJob(tx, workspace, id)
  if (!job) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
  // A script that is a workflow is known by its frame; it may be a step as well.
  const own = await findFrame(tx, workspace, id)
  const isRun = frameKinds.has(job.kind) || own !== undefined
  if (!isRun && (job.flow_step_id === null || job.parent_job === null))
    throw new Problem('flow_run.not_found', `The job ${id} is no run of a flow and no step of one.`)
  const above = job.root_job === null ? job : ((await findJob(tx, workspace, job.root_job)) ?? job)
  const frame = isRun ? own : await findFrame(tx, workspace, job.parent_job ?? '')
  // A script may be what has started the flow.
  const root = frameKinds.has(above.kind) ? above : ((await findJob(tx, workspace, frame?.flow_id ?? id)) ?? job)
  if (!isRun) {
    return { job, root, waiting: frame && toWaiting(frame, job.flow_step_id ?? '') }
  }
  const frames = await listWaitingFrames(tx, workspace, id)
  const found = frames.flatMap((frame) => toWaiting(frame, waitingModule(frame)) ?? [])
  // One that has run goes before one that still runs.
  return { job, root, waiting: found.find(({ frame, module }) => isSuspended(frame, module)) ?? found[0] }
}

function waitingModule(frame: FrameRow): string {
  const current = stateOf(frame)?.current?.module
  const modules = Object.keys(awaitsOf(frame))
  return current !== undefined && modules.includes(current) ? current : (modules[0] ?? '')
}

/** Whether a module has run and nothing but answers is missing. */
export function isSuspended(frame: FrameRow, module: string): boolean {
  const current = stateOf(frame)?.current
  return current?.module === module && current.phase === 'awaiting'
}

function stateOf(frame: FrameRow): FrameState | undefined {
  return (frame.state ?? undefined) as FrameState | undefined
}

function toWaiting(frame: FrameRow, module: string): Waiting | undefined {
  const awaited = awaitsOf(frame)[module]
  return awaited && { frame, module, rules: toRules(awaited.suspend) }
}

function toRules(suspend: unknown): SuspendRules {
  const rules: Readonly<Record<string, unknown>> = typeof suspend === 'object' && suspend !== null ? { ...suspend } : {}
  const { resume_form: form } = rules
  return {
    ...readAnswerRules(suspend),
    isCancelHidden: rules['hide_cancel'] === true,
    form: typeof form === 'object' && form !== null && 'schema' in form ? form.schema : undefined,
  }
}
