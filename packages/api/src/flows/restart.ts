import { Problem } from '@millrace/base/problem'
import { FlowValue, type FlowPreview, type FlowRestart, type RestartedFrom, type RunQuery } from '@millrace/contracts'
import { findFlowVersion } from '@millrace/db/tables/flow'
import { findJob, type WholeJobRow } from '@millrace/db/tables/job'
import { definitionOf, restartFlow, type Place, type Restart } from '@millrace/flow'
import type { NewJob } from '@millrace/queue'
import type { WorkspaceContext } from '../http/implement.ts'
import { isObject, parseJson } from '../http/parse-json.ts'
import { authorize } from '../policy/authorize.ts'
import { missing } from './deploy-flow.ts'
import { flowJob, flowJobAgain } from './flow-job.ts'
import { loadDocument } from './load-flow-status.ts'

/** Runs a flow again from one of its steps; the id of the new run. Throws `flow_run.not_ended` and `flow_run.step_not_found`. */
export async function restartRun(
  cx: WorkspaceContext,
  id: string,
  wish: FlowRestart,
  query: RunQuery,
): Promise<string> {
  const { row, document } = await loadRun(cx, id)
  const places = toPlaces(wish)
  const args = readArgs(row)
  const wished = { ...query, tag: query.tag ?? row.tag }
  if (row.kind === 'flowpreview')
    authorize({ action: 'job.preview', isSafeMethod: false, caller: cx.caller, member: cx.member, path: undefined })
  if (wish.flow_version) {
    const job = await flowJob(cx, { version: wish.flow_version }, wished, args)
    return await begin(cx, { job, document: await loadVersion(cx, wish.flow_version), places, before: id })
  }
  const job = await flowJobAgain(cx, row, { hash: hashOf(row, document), document }, { args, query: wished })
  return await begin(cx, { job, document, places, before: id })
}

/** Runs an edited document from one of its steps on, with what the steps before it gave in another run. */
export async function restartPreview(
  cx: WorkspaceContext,
  job: NewJob,
  preview: FlowPreview,
  from: RestartedFrom,
): Promise<string> {
  const { row } = await loadRun(cx, from.flow_job_id)
  const args = preview.args ? job.args : readArgs(row)
  const begun = { ...job, ...(args && { args }) }
  return await begin(cx, { job: begun, document: preview.value, places: toPlaces(from), before: from.flow_job_id })
}

async function begin(cx: WorkspaceContext, restart: Restart): Promise<string> {
  const restarted = await cx.inside((tx) => restartFlow(cx.queue, tx, restart))
  if (!restarted.ok)
    throw new Problem('flow_run.step_not_found', `The flow cannot be restarted there: ${restarted.error}.`)
  restarted.value.announce()
  return restarted.value.id
}

/** A run of a flow that has ended, and its document; throws `job.not_found`, `flow_run.not_found` and `flow_run.not_ended`. */
export async function loadRun(
  cx: WorkspaceContext,
  id: string,
): Promise<{ readonly row: WholeJobRow; readonly document: FlowValue }> {
  return await cx.snapshot(async (tx) => {
    const row = await findJob(tx, cx.workspace, id)
    if (!row) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
    if (row.kind !== 'flow' && row.kind !== 'flowpreview')
      throw new Problem('flow_run.not_found', `The job ${id} is no run of a flow: restart the run that it belongs to.`)
    if (row.status === null)
      throw new Problem('flow_run.not_ended', `The run ${id} goes on: cancel it, or wait until it has ended.`)
    const document = await loadDocument(tx, row, undefined)
    if (!document)
      throw new Problem(
        'flow_run.step_not_found',
        `The document of the run ${id} is not there any more: run the flow anew.`,
      )
    return { row, document }
  })
}

async function loadVersion(cx: WorkspaceContext, version: number): Promise<FlowValue> {
  const row = (await cx.inside((tx) => findFlowVersion(tx, cx.workspace, version))) ?? missing(version)
  return FlowValue.parse(row.value)
}

/** Of the document that a run is pinned to. */
export function hashOf({ script_hash: hash }: WholeJobRow, document: FlowValue): string {
  return hash ?? definitionOf(document).hash
}

/** Where a run begins, from the outside in. */
export function toPlaces({
  step_id: step,
  branch_or_iteration_n: n,
  nested_path: nested,
}: Pick<FlowRestart, 'step_id' | 'branch_or_iteration_n' | 'nested_path'>): readonly [Place, ...Place[]] {
  const inside = (nested ?? []).map((place) => ({ step: place.step_id, n: place.branch_or_iteration_n ?? undefined }))
  return [{ step, n: n ?? undefined }, ...inside]
}

/** The arguments that a run was called with. */
export function readArgs({ args }: WholeJobRow): Readonly<Record<string, unknown>> {
  const value: unknown = args === null ? {} : parseJson(args, 'arguments')
  return isObject(value) ? value : {}
}
