import { FlowModule, FlowValue, type FlowStatus } from '@millrace/contracts'
import { connectionOf, type WorkspaceTransaction } from '@millrace/db'
import { findFlowDefinition } from '@millrace/db/tables/flow-definition'
import {
  findFrame,
  listAnswers,
  listFrameChildren,
  type FrameChildRow,
  type FrameRow,
} from '@millrace/db/tables/flow-frame'
import { loadFlowUserStates } from '@millrace/db/tables/flow-user-state'
import { findJob, type JobRow, type WholeJobRow } from '@millrace/db/tables/job'
import {
  frameModules,
  viewFrame,
  type Awaited,
  type CalledTool,
  type FramePointer,
  type FrameState,
  type ViewedChild,
  type ViewedModule,
} from '@millrace/flow'
import { frameKinds } from '@millrace/queue'
import { parseJson } from '../http/parse-json.ts'
import { CHILDREN_MAX, listTakenChildren } from './taken-children.ts'

/** What is told of a run of a flow, or of a part of one, besides its job. */
export interface FlowView {
  readonly raw_flow?: FlowValue
  readonly flow_status?: FlowStatus
}

/** The document of a run and how far it is; nothing for jobs of other kinds. */
export async function loadFlowView(tx: WorkspaceTransaction, job: WholeJobRow): Promise<FlowView> {
  if (!frameKinds.has(job.kind)) return {}
  const frame = await findFrame(tx, job.workspace_id, job.id)
  const value = await loadFrameValue(tx, job, frame)
  if (!value) return {}
  return { raw_flow: value, flow_status: await loadStatus(tx, job, frame, value) }
}

/** The part of the document that a frame is about. */
async function loadFrameValue(
  tx: WorkspaceTransaction,
  job: JobRow | WholeJobRow,
  frame: FrameRow | undefined,
): Promise<FlowValue | undefined> {
  const document = await loadDocument(tx, job, frame)
  const pointer = pointerOf(frame)
  if (!document || pointer.kind === 'root') return document
  return { modules: frameModules(document, pointer).map(toModule) }
}

/** The document that a job of a flow is a part of. */
export async function loadDocument(
  tx: WorkspaceTransaction,
  job: JobRow | WholeJobRow,
  frame: FrameRow | undefined,
): Promise<FlowValue | undefined> {
  const { workspace_id: workspace } = job
  const flowId = frame?.flow_id ?? job.id
  const flow = flowId === job.id && 'raw_code' in job ? job : await findJob(tx, workspace, flowId)
  if (!flow) return undefined
  const text =
    flow.kind === 'flow'
      ? await findFlowDefinition(connectionOf(tx), workspace, flow.script_hash ?? '')
      : (flow.raw_code ?? undefined)
  return text === undefined ? undefined : FlowValue.safeParse(parseJson(text, 'flow')).data
}

/** How far a run, or a part of one, is. */
export async function loadFlowStatus(
  tx: WorkspaceTransaction,
  job: JobRow,
  frame: FrameRow,
): Promise<FlowStatus | undefined> {
  const value = await loadFrameValue(tx, job, frame)
  return value && (await loadStatus(tx, job, frame, value))
}

async function loadStatus(
  tx: WorkspaceTransaction,
  job: JobRow,
  frame: FrameRow | undefined,
  value: FlowValue,
): Promise<FlowStatus> {
  const { workspace_id: workspace, id } = job
  const { preprocessor_module: preprocessor, failure_module: failure } = value
  const modules = value.modules.map(toViewed)
  const ids = [...modules.map((module) => module.id), 'preprocessor', 'failure']
  const own = await listFrameChildren(tx, workspace, { frame: id, modules: ids, limit: CHILDREN_MAX })
  // Written by the rules, which are the only ones that do.
  const state = (frame?.state ?? undefined) as FrameState | undefined
  const taken = state ? await listTakenChildren(tx, workspace, state, ids) : []
  const answers = frame ? await listAnswers(tx, workspace, id) : []
  const states = await loadFlowUserStates(tx, workspace, job.root_job ?? id)
  return viewFrame({
    modules,
    preprocessor: preprocessor ? toViewed(preprocessor) : undefined,
    failure: failure ? toViewed(failure) : undefined,
    state,
    children: [...taken, ...own].map(toChild),
    awaits: awaitsOf(frame),
    answers: answers
      .filter((answer) => answer.approved)
      .map(({ module, resume_id, approver }) => ({ module, resume_id, approver: approver ?? 'anonymous' })),
    userStates: Object.fromEntries([...states].map(([key, text]) => [key, JSON.parse(text)])),
  })
}

/** What people are asked, by module. */
export function awaitsOf(frame: FrameRow | undefined): Readonly<Record<string, Awaited>> {
  return (frame?.awaits ?? {}) as Readonly<Record<string, Awaited>>
}

function pointerOf(frame: FrameRow | undefined): FramePointer {
  return (frame?.pointer ?? { kind: 'root' }) as FramePointer
}

function toModule(module: unknown): FlowModule {
  return FlowModule.parse(module)
}

function toViewed({ id, value }: FlowModule): ViewedModule {
  return { id, value }
}

/** A flow that has begun is scheduled while it waits for people or for time. */
function hasBegun({ state, started_at: startedAt }: FrameChildRow): boolean {
  return state === 'running' || state === 'suspended' || (state === 'scheduled' && startedAt !== null)
}

function toChild(row: FrameChildRow): ViewedChild {
  return {
    id: row.id,
    module: row.module,
    index: row.index,
    failures: row.failures,
    isRunning: hasBegun(row),
    status: row.status ?? undefined,
    startedAt: row.started_at?.toISOString(),
    durationMs: row.duration_ms ?? undefined,
    // Written by the rules, as the state is.
    called: (row.called ?? undefined) as CalledTool | undefined,
  }
}
