import { newId } from '@millrace/base/ids'
import { fillTemplate, type ClaimedJob, type JobOptions, type NewJob } from '@millrace/queue'
import type { FlowError, Runnable } from '../core/protocol.ts'
import { FLOW_TAG, type JobMaker, type JobParent } from '../shell/job-maker.ts'
import type { Task } from './suspension.ts'

/** The job of a task, or why there can be none. */
export type TaskJob =
  | { readonly ok: true; readonly job: NewJob & { readonly id: string } }
  | { readonly ok: false; readonly error: FlowError }

/** Makes the job of a task: the workflow's own code up to the task, or what lies at a path of the workspace. */
export async function makeTaskJob(jobs: JobMaker, parent: ClaimedJob, task: Task): Promise<TaskJob> {
  const runnable = runnableOf(task)
  if (!runnable) return { ok: true, job: functionJob(parent, task) }
  const inputs = {
    args: Object.entries(task.args).map(([name, value]) => [name, JSON.stringify(value ?? null)] as const),
    timeoutS: task.timeout ?? undefined,
  }
  const options = {
    cacheTtlS: task.cache_ttl ?? undefined,
    priority: task.priority ?? undefined,
    together: togetherOf(parent, task),
  }
  const made = await jobs.make(toJobParent(parent), { module: task.key, runnable, options }, inputs)
  if (!made.ok) return { ok: false, error: made.error }
  const { value } = made
  const job = {
    ...value,
    id: newId(),
    ...(task.tag && { tag: task.tag }),
    options: {
      ...value.options,
      ...concurrencyOf(parent, task, `$workspace/${runnable.kind}/${runnable.path}`),
      ...stepOf(parent, task, 'runnable'),
    },
  }
  return { ok: true, job }
}

/** What a task runs, told apart from what other tasks run. */
export function targetOf(task: Task): string {
  const runnable = runnableOf(task)
  return runnable ? `${runnable.kind} ${runnable.path}` : 'function'
}

/** A function that names a path stands for what lies there. */
function runnableOf({
  dispatch_type: type,
  script,
  name,
}: Task): Extract<Runnable, { kind: 'script' | 'flow' }> | undefined {
  if (type === 'flow') return { kind: 'flow', path: script }
  if (type === 'script' || (script !== name && script.includes('/'))) return { kind: 'script', path: script }
  return undefined
}

function functionJob(parent: ClaimedJob, task: Task): NewJob & { readonly id: string } {
  const { workspaceId, kind, scriptPath, scriptHash, language, rawCode, createdBy, email, permissionedAs } = parent
  const { lock, lockRevision, network, deleteAfterS } = parent.options
  return {
    id: newId(),
    workspaceId,
    kind,
    ...(scriptPath !== undefined && { scriptPath }),
    ...(scriptHash !== undefined && { scriptHash }),
    ...(language !== undefined && { language }),
    ...(rawCode !== undefined && { rawCode }),
    args: task.args,
    tag: task.tag ? fillTemplate(task.tag, { workspace: workspaceId, args: task.args }, () => '') : parent.tag,
    createdBy,
    email,
    permissionedAs,
    parentJob: parent.id,
    rootJob: parent.rootJob ?? parent.id,
    priority: task.priority ?? parent.priority,
    ...(task.timeout && { timeoutMs: Math.ceil(task.timeout * 1000) }),
    memoryMb: parent.memoryMb,
    options: {
      lock,
      lockRevision,
      network,
      deleteAfterS,
      together: togetherOf(parent, task),
      ...(task.cache_ttl && { cacheTtlS: task.cache_ttl }),
      ...concurrencyOf(parent, task, `$workspace/script/${scriptPath ?? parent.id}/${task.name}`),
      ...stepOf(parent, task, 'function'),
    },
  }
}

/** A task runs where its workflow does and finds its folder, unless it asks for workers of its own. */
function togetherOf({ options }: ClaimedJob, { tag }: Task): JobOptions['together'] {
  return tag ? undefined : options.together
}

function concurrencyOf({ workspaceId }: ClaimedJob, task: Task, fallback: string): Pick<JobOptions, 'concurrency'> {
  const { concurrent_limit: limit, concurrency_key: key, concurrency_time_window_s: windowS } = task
  if (!limit) return {}
  const subject = { workspace: workspaceId, args: task.args }
  return {
    concurrency: { key: fillTemplate(key ?? fallback, subject, () => ''), limit, windowS: windowS ?? undefined },
  }
}

function stepOf({ scriptPath }: ClaimedJob, { key }: Task, kind: 'function' | 'runnable'): Pick<JobOptions, 'step'> {
  return {
    step: { module: key, index: 0, failures: 0, task: kind, ...(scriptPath !== undefined && { flowPath: scriptPath }) },
  }
}

/** Like a flow without a tag of its own: what it starts runs under its own tags. */
function toJobParent(job: ClaimedJob): JobParent {
  const { cacheTtlS, together } = job.options
  const none = { triggerKind: undefined, step: undefined }
  return {
    id: job.id,
    workspaceId: job.workspaceId,
    job: { ...job, ...none, cacheTtlS, together, tag: FLOW_TAG, visibleToOwner: true },
  }
}
