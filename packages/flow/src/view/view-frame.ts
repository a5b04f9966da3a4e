import type { Approver, FlowStatus, FlowStatusModule } from '@millrace/contracts'
import type { CalledTool, FrameState, ModuleEnd, ModuleState } from '../core/protocol.ts'
import { agentActions, lastRun } from './view-agent.ts'

/** A module of the frame as it is written. */
export interface ViewedModule {
  readonly id: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A job that the frame started. */
export interface ViewedChild {
  readonly id: string
  readonly module: string
  readonly index: number
  readonly failures: number
  readonly isRunning: boolean
  /** Undefined while it has not ended. */
  readonly status: string | undefined
  readonly startedAt: string | undefined
  readonly durationMs: number | undefined
  /** Which tool of an agent it is the call of, if it is. */
  readonly called?: CalledTool | undefined
}

/** All that a view of a frame is made of. */
export interface ViewedFrame {
  readonly modules: readonly ViewedModule[]
  readonly preprocessor: ViewedModule | undefined
  readonly failure: ViewedModule | undefined
  /** Undefined before its first transition. */
  readonly state: FrameState | undefined
  /** In the order of their indices, and then of their failures; of long loops the first ones and the last. */
  readonly children: readonly ViewedChild[]
  readonly awaits: Readonly<Record<string, { readonly required: number }>>
  readonly answers: readonly (Approver & { readonly module: string })[]
  /** JSON values by key. */
  readonly userStates: Readonly<Record<string, unknown>>
}

type Type = FlowStatusModule['type']

/** How far a frame is, in the words of clients. */
export function viewFrame(frame: ViewedFrame): FlowStatus {
  const { modules, preprocessor, failure, state, userStates } = frame
  const views = modules.map((module, position) => viewModule(frame, module, position))
  const failed = state?.failed?.step
  return {
    step: stepOf(frame),
    modules: views,
    ...(Object.keys(userStates).length > 0 && { user_states: userStates }),
    ...(preprocessor && { preprocessor_module: viewModule(frame, preprocessor, -1) }),
    failure_module: {
      ...(failure ? viewModule(frame, failure, -1) : { type: 'WaitingForPriorSteps', id: 'failure' }),
      ...(failed !== undefined && { parent_module: failed }),
    },
    ...retryOf(frame),
    ...originOf(frame),
  }
}

/** Where clients look for what goes on: after the modules that ended, also while one of them waits for people. */
function stepOf({ modules, state }: ViewedFrame): number {
  if (!state) return 0
  const { current, ended } = state
  const at = current ? modules.findIndex(({ id }) => id === current.module) : -1
  if (at >= 0) return isAfter(current) && at + 1 < modules.length ? at + 1 : at
  return modules.filter(({ id }) => ended[id] !== undefined).length
}

function isAfter(current: ModuleState | undefined): boolean {
  return current?.phase === 'awaiting' || current?.phase === 'sleeping'
}

function viewModule(frame: ViewedFrame, module: ViewedModule, position: number): FlowStatusModule {
  const { state } = frame
  const all = frame.children.filter((child) => child.module === module.id)
  const agent = module.value['type'] === 'aiagent' ? lastRun(all) : undefined
  const children = agent?.calls ?? all
  const last = children.at(-1)
  const end = state?.ended[module.id]
  const awaited = awaitedAt(frame, position)
  return {
    type: typeOf(frame, module, { last, end, isAwaited: awaited !== undefined }),
    id: module.id,
    ...(last ? { job: last.id } : awaited && jobOfAwaited(frame, awaited)),
    ...(awaited !== undefined && { count: missingEvents(frame, awaited) }),
    ...manyOf(frame, module, children),
    ...branchOf(module, end ?? state?.current, children),
    ...approversOf(frame, module.id),
    ...(last && (agent ? toRetries(agent.failedWith) : retriesOf(children))),
    ...(agent && agentActions(agent.calls)),
    ...(end?.isSkipped && { skipped: true }),
  }
}

interface Facts {
  readonly last: ViewedChild | undefined
  readonly end: ModuleEnd | undefined
  readonly isAwaited: boolean
}

function typeOf({ state }: ViewedFrame, { id }: ViewedModule, { last, end, isAwaited }: Facts): Type {
  if (isAwaited) return 'WaitingForEvents'
  if (end) return end.status === 'success' ? 'Success' : 'Failure'
  if (state?.failed?.step === id) return 'Failure'
  if (state?.current?.module !== id) return 'WaitingForPriorSteps'
  if (state.isOver) return 'Failure'
  if (state.current.phase === 'retrying') return 'WaitingForExecutor'
  return last && !last.isRunning && last.status === undefined ? 'WaitingForExecutor' : 'InProgress'
}

/** The module whose people are waited for before the one at a position begins; the last one waits at its own place. */
function awaitedAt({ modules, state }: ViewedFrame, position: number): string | undefined {
  const { current } = state ?? {}
  if (current?.phase !== 'awaiting' || state?.isOver) return undefined
  const at = modules.findIndex(({ id }) => id === current.module)
  return at >= 0 && Math.min(at + 1, modules.length - 1) === position ? current.module : undefined
}

function jobOfAwaited({ children }: ViewedFrame, module: string): { job?: string } {
  const job = children.findLast((child) => child.module === module)?.id
  return job === undefined ? {} : { job }
}

function missingEvents({ awaits, state }: ViewedFrame, module: string): number {
  return Math.max(0, (awaits[module]?.required ?? 1) - (state?.current?.events?.approvals ?? 0))
}

const LOOPS = new Set(['forloopflow', 'whileloopflow'])

/** What is told of the iterations of a loop and of the branches of a branchall. */
function manyOf({ state }: ViewedFrame, { id, value }: ViewedModule, children: readonly ViewedChild[]) {
  const { type } = value
  const isLoop = LOOPS.has(String(type))
  if (!isLoop && type !== 'branchall') return {}
  const newest = [...new Map(children.map((child) => [child.index, child])).values()]
  const cursor = state?.current?.module === id ? cursorOf(state.current) : undefined
  const length = cursor?.count ?? countOf(state?.ended[id]) ?? newest.length
  const index = newest.at(-1)?.index ?? 0
  return {
    flow_jobs: newest.map((child) => child.id),
    flow_jobs_success: newest.map(({ status }) => (status === undefined ? null : isGood(status))),
    flow_jobs_duration: {
      started_at: newest.map(({ startedAt }) => startedAt ?? null),
      duration_ms: newest.map(({ durationMs }) => durationMs ?? null),
    },
    ...(value['parallel'] === true && { parallel: true }),
    ...(type === 'whileloopflow' && { while_loop: true }),
    ...(isLoop ? { iterator: { index, itered_len: length } } : { branchall: { branch: index, len: length } }),
  }
}

function cursorOf({ cursor }: ModuleState): { readonly count?: number } {
  const isObject = typeof cursor === 'object' && cursor !== null && !Array.isArray(cursor)
  const count = isObject && 'count' in cursor ? cursor['count'] : undefined
  return typeof count === 'number' ? { count } : {}
}

function countOf(end: ModuleEnd | undefined): number | undefined {
  return end?.result.kind === 'children' ? end.result.count : undefined
}

function branchOf({ value }: ViewedModule, at: ModuleEnd | ModuleState | undefined, children: readonly ViewedChild[]) {
  if (value['type'] !== 'branchone' || !at) return {}
  const chosen = 'result' in at ? at.branch : branchOfCursor(at)
  if (chosen === undefined && children.length === 0) return {}
  return typeof chosen === 'number'
    ? { branch_chosen: { type: 'branch' as const, branch: chosen } }
    : { branch_chosen: { type: 'default' as const } }
}

function branchOfCursor({ cursor }: ModuleState): number | 'default' | undefined {
  const isObject = typeof cursor === 'object' && cursor !== null && !Array.isArray(cursor)
  const branch = isObject && 'branch' in cursor ? cursor['branch'] : undefined
  return typeof branch === 'number' || branch === 'default' ? branch : undefined
}

function approversOf({ answers }: ViewedFrame, module: string): { approvers?: Approver[] } {
  const found = answers.filter((answer) => answer.module === module)
  if (found.length === 0) return {}
  return { approvers: found.map(({ resume_id, approver }) => ({ resume_id, approver })) }
}

/** Runs that failed and were tried again: those with fewer failures before them than the newest of their place. */
function retriesOf(children: readonly ViewedChild[]): { failed_retries?: string[] } {
  const newest = new Map(children.map((child) => [child.index, child.failures]))
  const tried = children.filter((child) => child.failures < (newest.get(child.index) ?? 0))
  return toRetries(tried)
}

function toRetries(tried: readonly ViewedChild[]): { failed_retries?: string[] } {
  return tried.length === 0 ? {} : { failed_retries: tried.map((child) => child.id) }
}

function retryOf({ state, children }: ViewedFrame): Pick<FlowStatus, 'retry'> {
  const current = state?.current
  if (!current || current.failures === 0) return {}
  const tried = children.filter((child) => child.module === current.module && child.failures < current.failures)
  return { retry: { fail_count: current.failures, failed_jobs: tried.map((child) => child.id) } }
}

/** As clients ask for it. */
function originOf({ state }: ViewedFrame): Pick<FlowStatus, 'restarted_from'> {
  const { origin } = state ?? {}
  if (!origin) return {}
  const { job, step, n } = origin
  return { restarted_from: { flow_job_id: job, step_id: step, ...(n !== undefined && { branch_or_iteration_n: n }) } }
}

function isGood(status: string): boolean {
  return status === 'success' || status === 'skipped'
}
