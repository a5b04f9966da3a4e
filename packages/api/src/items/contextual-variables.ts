import type { ContextualVariable } from '@millrace/contracts'
import type { WorkspaceContext } from '../http/implement.ts'

/** What every job finds in its environment, with the values that a job of the caller would see or an example. */
export function contextualVariables({ workspace, member, caller, config }: WorkspaceContext): ContextualVariable[] {
  const user = `u/${member.username}`
  const job = '0198c000-0000-7000-8000-000000000000'
  const path = `${user}/some_script`
  const baseUrl = config.baseUrl ?? ''
  const known: readonly (readonly [string, string, string])[] = [
    ['WM_WORKSPACE', workspace, 'Workspace of the job'],
    ['WM_TOKEN', '(a token)', 'Token that acts for the user of the job and dies with the job'],
    ['WM_EMAIL', caller.email, 'E-mail address of the user for whom the job runs'],
    ['WM_USERNAME', member.username, 'Name of the user who started the job'],
    ['WM_END_USER_EMAIL', caller.email, 'E-mail address of the person who started the job'],
    ['WM_BASE_URL', baseUrl, 'Address under which people reach the server'],
    ['BASE_URL', baseUrl, 'The same'],
    ['BASE_INTERNAL_URL', baseUrl, 'Address under which jobs reach the server'],
    ['WM_JOB_ID', job, 'Id of the job'],
    ['WM_ROOT_JOB_ID', job, 'Id of the first job of the tree, the job itself without one'],
    ['WM_JOB_PATH', path, 'Path of the script'],
    ['WM_FLOW_JOB_ID', '', 'Id of the flow job or other parent'],
    ['WM_ROOT_FLOW_JOB_ID', '', 'Id of the first flow job of the tree'],
    ['WM_FLOW_PATH', '', 'Path of the flow'],
    ['WM_FLOW_STEP_ID', '', 'Id of the step in the flow'],
    ['WM_SCHEDULE_PATH', '', 'Path of the schedule that started the job'],
    ['WM_PERMISSIONED_AS', user, 'User or group whose rights the job has'],
    ['WM_STATE_PATH', `${user}/${path.replaceAll('/', '_')}_state`, 'Resource that keeps the state of the script'],
    ['WM_STATE_PATH_NEW', `${user}/${path.replaceAll('/', '_')}_state`, 'The same'],
    ['WM_OBJECT_PATH', `${user}/${path}/${job}`, 'Unique place for objects of the job'],
    ['WM_WORKER_GROUP', 'default', 'Group of the worker that runs the job'],
    ['WM_RUNNABLE_ID', '0123456789abcdef', 'Hash of the version of the script'],
    ['WM_JOB_STARTED_AT', new Date(0).toISOString(), 'When the job was started'],
  ]
  return known.map(([name, value, description]) => ({ name, value, description, is_custom: false }))
}
