import { Problem } from '@millrace/base/problem'
import { FlowValue, type FlowPreview, type FlowRestart, type RestartedFrom, type RunQuery } from '@millrace/contracts'
import { findFlowVersion } from '@millrace/db/tables/flow'
import { findFrame } from '@millrace/db/tables/flow-frame'
import { findJob, type WholeJobRow } from '@millrace/db/tables/job'
import { restartFlow, type FrameState, type Restart } from '@millrace/flow'
import type { NewJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'
import { isObject, parseJson } from '../http/parse-json.ts'
import { authorize } from '../policy/authorize.ts'
import { missing } from './deploy-flow.ts'
import { flowJob, flowPreviewJob } from './flow-job.ts'
import { loadDocument } from './load-flow-status.ts'

/** Runs a flow again from one of its steps; the id of the new run. Throws `flow_run.not_ended` and `flow_run.step_not_found`. */
export async function restartRun(
  cx: WorkspaceContext,
  id: string,
  wish: FlowRestart,
  query: RunQuery,
): Promise<string> {
  refuseInside(wish)
  const { row, state, document } = await loadRun(cx, id)
  const args = readArgs(row)
  const wished = { ...query, tag: query.tag ?? row.tag }
  if (row.kind === 'flowpreview') {
    authorize({ action: 'job.preview', isSafeMethod: false, caller: cx.caller, member: cx.member, path: undefined })
    const job = await flowPreviewJob(cx, { value: document, path: row.script_path }, wished, args)
    return await begin(cx, { job, document, step: wish.step_id, before: toBefore(row, state) })
  }
  const which = wish.flow_version
    ? { version: wish.flow_version }
    : { path: row.script_path ?? '', hash: row.script_hash ?? '' }
  const job = await flowJob(cx, which, wished, args)
  const edited = wish.flow_version ? await loadVersion(cx, wish.flow_version) : document
  return await begin(cx, { job, document: edited, step: wish.step_id, before: toBefore(row, state) })
}

/** Runs an edited document from one of its steps on, with what the steps before it gave in another run. */
export async function restartPreview(
  cx: WorkspaceContext,
  job: NewJob,
  preview: FlowPreview,
  from: RestartedFrom,
): Promise<string> {
  refuseInside(from)
  const { row, state } = await loadRun(cx, from.flow_job_id)
  const args = preview.args ? job.args : readArgs(row)
  const begun = { job: { ...job, ...(args && { args }) }, document: preview.value, step: from.step_id }
  return await begin(cx, { ...begun, before: toBefore(row, state) })
}

interface Beginning {
  readonly job: NewJob
  readonly document: FlowValue
  readonly step: string
  readonly before: Restart['before']
}

async function begin(cx: WorkspaceContext, { job, document, step, before }: Beginning): Promise<string> {
  const modules = document.modules.map((module) => module.id)
  const restarted = await cx.inside((tx) => restartFlow(cx.queue, tx, { job, modules, step, before }))
  if (!restarted.ok)
    throw new Problem('flow_run.step_not_found', `The flow cannot be restarted there: ${restarted.error}.`)
  restarted.announce()
  return restarted.id
}

async function loadRun(
  cx: WorkspaceContext,
  id: string,
): Promise<{ readonly row: WholeJobRow; readonly state: FrameState; readonly document: FlowValue }> {
  return await cx.inside(async (tx) => {
    const row = await findJob(tx, cx.workspace, id)
    if (!row) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
    if (row.kind !== 'flow' && row.kind !== 'flowpreview')
      throw new Problem('flow_run.not_found', `The job ${id} is no run of a flow: restart the run that it belongs to.`)
    if (row.status === null)
      throw new Problem('flow_run.not_ended', `The run ${id} goes on: cancel it, or wait until it has ended.`)
    const frame = await findFrame(tx, cx.workspace, id)
    const document = await loadDocument(tx, row, undefined)
    if (!frame?.state || !document)
      throw new Problem('flow_run.step_not_found', `The run ${id} ended before its first step: run the flow anew.`)
    return { row, state: frame.state as FrameState, document }
  })
}

async function loadVersion(cx: WorkspaceContext, version: number): Promise<FlowValue> {
  const row = (await cx.inside((tx) => findFlowVersion(tx, cx.workspace, version))) ?? missing(version)
  return FlowValue.parse(row.value)
}

function toBefore({ id, status }: WholeJobRow, state: FrameState): Restart['before'] {
  return { id, state, hasFailed: status === 'failure' }
}

function refuseInside({
  branch_or_iteration_n: n,
  nested_path: nested,
}: Pick<FlowRestart, 'branch_or_iteration_n' | 'nested_path'>): void {
  if (!n && !nested?.length) return
  throw new Problem(
    'request.invalid',
    'A flow is restarted at a step of its own list as a whole: leave "branch_or_iteration_n" and "nested_path" out.',
  )
}

function readArgs({ args }: WholeJobRow): Readonly<Record<string, unknown>> {
  const value: unknown = args === null ? {} : parseJson(args, 'arguments')
  return isObject(value) ? value : {}
}
