import { Problem } from '@millrace/base/problem'
import { FlowOptions, FlowValue, JobId, type FlowPreview, type RunQuery } from '@millrace/contracts'
import { findFlowByHash, findFlowVersion, findServingFlow, type FlowRow } from '@millrace/db/tables/flow'
import type { WholeJobRow } from '@millrace/db/tables/job'
import { FLOW_TAG, flowLimits } from '@millrace/flow'
import type { NewJob } from '@millrace/queue'
import { findFamily, jobBase, tagOf, type JobMaker } from '../jobs/new-job.ts'
import type { Args } from '../jobs/read-args.ts'
import { checkFlow } from './check-flow.ts'
import { missing } from './deploy-flow.ts'

/** Which flow: the one that serves at a path, one version, or the newest version at a path with a document. */
export type WhichFlow =
  { readonly path: string } | { readonly version: number } | { readonly path: string; readonly hash: string }

/** A run of a flow, and whether those who wait for it may be answered before its end. */
export interface FlowCall {
  readonly job: NewJob
  /** It is a turn of the conversation that its memory names. */
  readonly isChat: boolean
  readonly returnsEarly: boolean
}

/** A run of a deployed flow; throws `flow.not_found`. */
export async function flowJob(cx: JobMaker, which: WhichFlow, query: RunQuery, args: Args): Promise<NewJob> {
  return (await flowCall(cx, which, query, args)).job
}

/** The same for somebody who waits. */
export async function flowCall(cx: JobMaker, which: WhichFlow, query: RunQuery, args: Args): Promise<FlowCall> {
  const [flow, family] = await Promise.all([requireFlow(cx, which), findFamily(cx, query)])
  const value = FlowValue.parse(flow.value)
  const { tag, priority, timeout } = FlowOptions.parse(flow.options)
  const subject = { workspace: cx.workspace, path: flow.path, args, cacheTtlS: query.cache_ttl }
  const options = { ...flowLimits(value, subject), ...memoryOf(value, query) }
  const { triggerKind, ...base } = jobBase(cx, query)
  const job = {
    ...base,
    // Who calls it by hand, or as a step, calls no preprocessor.
    ...(triggerKind !== undefined && !query.skip_preprocessor && { triggerKind }),
    ...family,
    kind: 'flow',
    scriptPath: flow.path,
    scriptHash: flow.hash,
    args,
    tag: await tagOf(cx, query.tag || tag, { kind: FLOW_TAG }, args),
    ...timeLimit(query.timeout ?? timeout ?? undefined),
    ...priorityOf(priority ?? value['priority']),
    options: { ...options, flowVersion: flow.id },
  }
  return { job, isChat: isChat(value), returnsEarly: hasEarlyReturn(value) }
}

/** A run of a flow that is not deployed; throws `flow.invalid`. */
export async function flowPreviewJob(
  cx: JobMaker,
  preview: FlowPreview,
  query: RunQuery,
  extra: Args,
): Promise<NewJob> {
  checkFlow(preview.value)
  const family = await findFamily(cx, query)
  const args = { ...preview.args, ...extra }
  const path = preview.path || undefined
  const subject = { workspace: cx.workspace, path: path ?? 'preview', args, cacheTtlS: query.cache_ttl }
  const options = { ...flowLimits(preview.value, subject), ...memoryOf(preview.value, query) }
  return {
    ...jobBase(cx, query),
    ...family,
    kind: 'flowpreview',
    ...(path !== undefined && { scriptPath: path }),
    rawCode: JSON.stringify(preview.value),
    args,
    tag: await tagOf(cx, preview.tag || query.tag, { kind: FLOW_TAG }, args),
    ...timeLimit(query.timeout),
    ...priorityOf(preview.value['priority']),
    ...(Object.keys(options).length > 0 && { options }),
  }
}

/** What runs in place of the document of a job. */
export interface DocumentAgain {
  readonly document: FlowValue
  /** Of the document, as it is kept. */
  readonly hash: string
}

/** Another run of what a job ran, which is pinned to its document, whatever became of the flow. */
export async function flowJobAgain(
  cx: JobMaker,
  row: WholeJobRow,
  { document, hash }: DocumentAgain,
  { args, query = {} }: { readonly args: Args; readonly query?: RunQuery },
): Promise<NewJob> {
  const { kind, script_path: path, tag, priority, timeout_ms: timeoutMs, flow_version: flowVersion } = row
  const subject = { workspace: cx.workspace, path: path ?? 'preview', args, cacheTtlS: query.cache_ttl }
  const { memory_id: memoryId } = query
  const options = { ...flowLimits(document, subject), ...(memoryId !== undefined && { memoryId }) }
  return {
    ...jobBase(cx, query),
    ...(await findFamily(cx, query)),
    kind,
    ...(path !== null && { scriptPath: path }),
    ...(kind === 'flow' ? { scriptHash: hash } : { rawCode: JSON.stringify(document) }),
    args,
    tag: await tagOf(cx, query.tag || tag, { kind: FLOW_TAG }, args),
    ...(query.timeout === undefined && timeoutMs !== null ? { timeoutMs } : timeLimit(query.timeout)),
    priority,
    options: { ...options, ...(flowVersion !== null && { flowVersion }) },
  }
}

async function requireFlow(cx: JobMaker, which: WhichFlow): Promise<FlowRow> {
  // One statement instead of a transaction of four, on the way of every call; it names the workspace, and the caller is a
  // member of it.
  const { kysely } = cx.db
  if ('version' in which) return (await findFlowVersion(kysely, cx.workspace, which.version)) ?? missing(which.version)
  if ('hash' in which)
    return (
      (await findFlowByHash(kysely, { workspace: cx.workspace, path: which.path }, which.hash)) ?? missing(which.path)
    )
  return (await findServingFlow(kysely, { workspace: cx.workspace, path: which.path })) ?? missing(which.path)
}

/** A flow that is talked with has to know which conversation it goes on with. */
function memoryOf(value: FlowValue, { memory_id: memoryId }: RunQuery): { readonly memoryId?: string } {
  if (!isChat(value)) return memoryId === undefined ? {} : { memoryId }
  const id = JobId.safeParse(memoryId)
  if (id.success) return { memoryId: id.data }
  throw new Problem(
    'request.invalid',
    'The flow is a chat: name the conversation, a new one or one that goes on, by ?memory_id=… and a UUID.',
  )
}

/** Whether it is talked with: its runs are turns of conversations. */
export function isChat(value: FlowValue): boolean {
  return value.chat_input_enabled === true
}

/** Whether callers may be answered with the result of a step, while the flow goes on. */
export function hasEarlyReturn(value: FlowValue): boolean {
  return typeof value.early_return === 'string' && value.early_return !== ''
}

function timeLimit(seconds: number | undefined): { timeoutMs?: number } {
  return seconds !== undefined && seconds > 0 ? { timeoutMs: seconds * 1000 } : {}
}

function priorityOf(priority: unknown): { priority?: number } {
  return typeof priority === 'number' ? { priority } : {}
}
