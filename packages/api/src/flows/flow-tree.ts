import { Problem } from '@millrace/base/problem'
import type { FlowJobLogs, FlowJobResult, FlowJobResults } from '@millrace/contracts'
import { readLogToEnd } from '@millrace/db/tables/job-log'
import { listJobTree, type TreeJob } from '@millrace/db/tables/job-tree'
import type { WorkspaceContext } from '../http/implement.ts'

/** Jobs of a tree that are told of at the most. */
const JOBS_MAX = 1000
const RESULT_LENGTH = 2000
/** UTF-16 units of all logs together: what is beyond is left out with a sentence. */
const LOGS_LENGTH_MAX = 10_000_000

/** A job with its place among the others. */
interface Placed {
  readonly job: TreeJob
  readonly stepPath: readonly string[]
  readonly sibling: number
  readonly siblings: number
  readonly label: string
}

/** The logs of a job and everything below it; throws `job.not_found`. */
export async function loadTreeLogs(cx: WorkspaceContext, id: string): Promise<FlowJobLogs[]> {
  const placed = await loadTree(cx, id, 0)
  const found: FlowJobLogs[] = []
  let left = LOGS_LENGTH_MAX
  for (const each of placed) {
    const job = { workspace: cx.workspace, jobId: each.job.id }
    const { text } = left > 0 ? await cx.inside((tx) => readLogToEnd(tx, job, 0)) : { text: '' }
    const logs =
      left > 0 ? text.slice(0, left) : 'left out: the logs of the jobs before are long; read it by the id of its job\n'
    left -= text.length
    found.push({ ...toPlace(each), logs })
  }
  return found
}

/** How a job and everything below it ended, or one step of it such as `b[2]/c`; throws `job.not_found`. */
export async function loadTreeResults(
  cx: WorkspaceContext,
  id: string,
  wish: { readonly max_result_len?: number | undefined; readonly step?: string | undefined },
): Promise<FlowJobResults> {
  const length = wish.max_result_len ?? RESULT_LENGTH
  const placed = await loadTree(cx, id, length)
  const enclosing = placed[0]?.job.flow_step_id === null ? undefined : placed[0]?.job.parent_job
  const common = {
    ...(enclosing && { enclosing_job: enclosing }),
    ...(placed.length === JOBS_MAX && { truncated: true }),
  }
  if (wish.step === undefined) return { ...common, entries: placed.map((each) => toResult(each, length)) }
  const found = findStep(placed, wish.step)
  return 'error' in found
    ? { ...common, entries: [], step_error: found.error }
    : { ...common, entries: [toResult(found.placed, length)] }
}

async function loadTree(cx: WorkspaceContext, id: string, resultLength: number): Promise<readonly Placed[]> {
  const rows = await cx.inside((tx) => listJobTree(tx, cx.workspace, id, { jobs: JOBS_MAX, resultLength }))
  if (rows.length === 0) throw new Problem('job.not_found', `There is no job ${id} in this workspace.`)
  const ofStep = Map.groupBy(rows, stepKey)
  const paths = new Map<string, readonly string[]>()
  return rows.map((job) => {
    const above = paths.get(job.parent_job ?? '') ?? []
    const stepPath = job.depth === 0 || job.flow_step_id === null ? above : [...above, job.flow_step_id]
    paths.set(job.id, stepPath)
    const family = ofStep.get(stepKey(job)) ?? [job]
    const sibling = family.indexOf(job) + 1
    return { job, stepPath, sibling, siblings: family.length, label: labelOf(job, stepPath, sibling, family.length) }
  })
}

function stepKey(job: TreeJob): string {
  return `${job.parent_job} ${job.flow_step_id}`
}

function labelOf(job: TreeJob, stepPath: readonly string[], sibling: number, siblings: number): string {
  if (job.depth === 0 || stepPath.length === 0) return job.script_path ?? job.kind
  return `${stepPath.join('/')}${siblings > 1 ? ` (${sibling} of ${siblings})` : ''}`
}

function toPlace({ job, stepPath, sibling, siblings, label }: Placed) {
  return {
    job_id: job.id,
    label,
    kind: job.kind,
    flow_step_id: job.flow_step_id,
    step_path: stepPath.length === 0 ? null : stepPath.join('/'),
    depth: job.depth,
    parent_module_type: null,
    sibling_index: sibling,
    sibling_count: siblings,
  }
}

function toResult(placed: Placed, length: number): FlowJobResult {
  const { status, started_at: startedAt, duration_ms: durationMs, result_prefix: prefix } = placed.job
  const { result_length: whole } = placed.job
  return {
    ...toPlace(placed),
    status: statusOf(placed.job),
    ...(status !== null && { success: status === 'success' || status === 'skipped' }),
    ...(startedAt && { started_at: startedAt.toISOString() }),
    ...(durationMs !== null && { duration_ms: durationMs }),
    ...(prefix !== null && { result_prefix: prefix }),
    ...(whole !== null && { result_len: whole, truncated: whole > length }),
  }
}

const ENDS = ['success', 'failure', 'canceled', 'skipped'] as const

function statusOf({ state, status }: TreeJob): FlowJobResult['status'] {
  const end = ENDS.find((each) => each === status)
  if (end) return end
  return state === 'running' || state === 'suspended' ? state : 'queued'
}

/** `b[2]/c`: ids of steps from the outside in, each with the number of its iteration or branch, from 1. */
function findStep(
  placed: readonly Placed[],
  address: string,
): { readonly placed: Placed } | { readonly error: string } {
  let at = placed[0]
  for (const part of address.split('/')) {
    const [, id, number] = /^([^[\]]+)(?:\[(\d+)\])?$/.exec(part) ?? []
    if (id === undefined) return { error: `"${part}" is no step: write its id, or its id and a number such as b[2]` }
    const found = placed.filter(({ job }) => job.parent_job === at?.job.id && job.flow_step_id === id)
    if (found.length === 0) return { error: `there is no job of a step "${id}" below ${at?.label ?? 'the run'}` }
    if (number === undefined && found.length > 1)
      return { error: `the step "${id}" has ${found.length} jobs: name one, such as ${id}[1]` }
    at = found[Number(number ?? 1) - 1]
    if (!at) return { error: `the step "${id}" has ${found.length} jobs, and ${part} is none of them` }
  }
  return at ? { placed: at } : { error: 'there is no such step' }
}
