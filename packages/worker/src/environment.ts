import { signJobToken, type ClaimedJob } from '@millrace/queue'

/** What the contextual environment needs to know beside the job. */
export interface EnvironmentContext {
  readonly tokenKey: Buffer
  /** As people reach this instance. */
  readonly baseUrl: string
  /** As jobs of this worker reach it. */
  readonly internalUrl: string
  readonly workerGroup: string
  /** Variables that the worker group gives to every job, as they are now. */
  readonly groupEnv: Readonly<Record<string, string>>
}

/**
 * The variables that every job sees, whatever its language; those of the worker group never hide them. The token acts as the job's user in the job's workspace and dies
 * with the job.
 */
export function contextualEnvironment(job: ClaimedJob, context: EnvironmentContext): Readonly<Record<string, string>> {
  const path = job.scriptPath ?? ''
  const { step } = job.options
  const statePath = `${job.permissionedAs}/${path.replaceAll('/', '_') || 'preview'}_state`
  return {
    ...context.groupEnv,
    WM_WORKSPACE: job.workspaceId,
    WM_TOKEN: signJobToken(context.tokenKey, job.id),
    WM_EMAIL: job.email,
    WM_USERNAME: job.createdBy,
    WM_END_USER_EMAIL: job.email,
    WM_BASE_URL: context.baseUrl,
    BASE_URL: context.baseUrl,
    BASE_INTERNAL_URL: context.internalUrl,
    WM_JOB_ID: job.id,
    WM_ROOT_JOB_ID: job.rootJob ?? job.id,
    WM_JOB_PATH: path,
    WM_FLOW_JOB_ID: job.parentJob ?? '',
    WM_ROOT_FLOW_JOB_ID: job.rootJob ?? '',
    WM_FLOW_PATH: step?.flowPath ?? '',
    WM_FLOW_STEP_ID: step?.module ?? '',
    WM_SCHEDULE_PATH: '',
    WM_PERMISSIONED_AS: job.permissionedAs,
    WM_STATE_PATH: statePath,
    WM_STATE_PATH_NEW: statePath,
    WM_OBJECT_PATH: `${job.permissionedAs}/${path || 'preview'}/${job.id}`,
    WM_WORKER_GROUP: context.workerGroup,
    WM_RUNNABLE_ID: job.scriptHash ?? '',
    WM_JOB_STARTED_AT: job.startedAt.toISOString(),
  }
}
