/**
 * Who may do what. Each route names one action; what is not here cannot be done.
 *  - `anyone`: no token needed · `caller`: any valid token · `person`: a token of an account, not of a job, not bound to a
 *    workspace · `superadmin`: a person with rights over the instance
 *  - in a workspace: `member` · `developer`: a member who is not an operator · `admin`: an administrator of it
 */
export interface ActionRule {
  readonly who: 'anyone' | 'caller' | 'person' | 'superadmin' | 'member' | 'developer' | 'admin'
  /** What a token with scopes must carry: `domain:verb`. Without one, tokens with scopes are refused. */
  readonly scope?: string
  /** Changes something although its method may be GET. */
  readonly changes?: boolean
}

export const actions = {
  'instance.see': { who: 'anyone' },
  'instance.watch': { who: 'superadmin' },
  'session.open': { who: 'anyone' },
  'session.close': { who: 'anyone' },
  'account.see': { who: 'caller', scope: 'users:read' },
  'token.see': { who: 'caller', scope: 'users:read' },
  'token.create': { who: 'caller', changes: true },
  'token.delete': { who: 'person', changes: true },
  'worker.see': { who: 'caller', scope: 'workers:read' },
  'config.see': { who: 'superadmin', scope: 'configs:read' },
  'config.write': { who: 'superadmin', scope: 'configs:write', changes: true },
  'setting.see': { who: 'superadmin', scope: 'settings:read' },
  'setting.write': { who: 'superadmin', scope: 'settings:write', changes: true },
  'tag.see': { who: 'member', scope: 'workers:read' },
  'line.see': { who: 'superadmin', scope: 'workers:read' },
  'workspace.see': { who: 'caller', scope: 'workspaces:read' },
  'workspace.see_all': { who: 'superadmin', scope: 'workspaces:read' },
  'workspace.create': { who: 'person', scope: 'workspaces:write', changes: true },
  'workspace.weigh': { who: 'superadmin', scope: 'workspaces:write', changes: true },
  'workspace.name_see': { who: 'member', scope: 'workspaces:read' },
  'workspace.settings_see': { who: 'admin', scope: 'workspaces:read' },
  'workspace.settings_write': { who: 'admin', scope: 'workspaces:write', changes: true },
  // Of every domain at once, secrets included, so that no scope is enough.
  'workspace.download': { who: 'member' },
  'member.see': { who: 'member', scope: 'users:read' },
  'workspace.key_see': { who: 'admin', scope: 'workspaces:read', changes: true },
  'workspace.key_write': { who: 'admin', scope: 'workspaces:write', changes: true },
  'variable.read': { who: 'member', scope: 'variables:read' },
  'variable.write': { who: 'member', scope: 'variables:write', changes: true },
  'resource.read': { who: 'member', scope: 'resources:read' },
  'resource.write': { who: 'member', scope: 'resources:write', changes: true },
  'resource_type.write': { who: 'developer', scope: 'resources:write', changes: true },
  'script.read': { who: 'member', scope: 'scripts:read' },
  'script.write': { who: 'developer', scope: 'scripts:write', changes: true },
  'flow.read': { who: 'member', scope: 'flows:read' },
  'flow.write': { who: 'developer', scope: 'flows:write', changes: true },
  'flow.run': { who: 'member', scope: 'jobs:run:flows', changes: true },
  'flow.fix': { who: 'developer', scope: 'jobs:run', changes: true },
  'flow.sign': { who: 'member', scope: 'jobs:write', changes: true },
  'flow.answer': { who: 'anyone' },
  'flow.answer_as_owner': { who: 'member', scope: 'jobs:write', changes: true },
  'flow.keep_state': { who: 'member', scope: 'jobs:write', changes: true },
  'workflow.keep_step': { who: 'member', scope: 'jobs:write', changes: true },
  'workspace_dependencies.read': { who: 'member', scope: 'workspace_dependencies:read' },
  'workspace_dependencies.write': { who: 'developer', scope: 'workspace_dependencies:write', changes: true },
  'volume.read': { who: 'member', scope: 'volumes:read' },
  'volume.write': { who: 'developer', scope: 'volumes:write', changes: true },
  'script.infer': { who: 'caller', scope: 'scripts:read' },
  'job.read': { who: 'member', scope: 'jobs:read' },
  'job.run': { who: 'member', scope: 'jobs:run:scripts', changes: true },
  'job.preview': { who: 'developer', scope: 'jobs:run', changes: true },
  'job.report': { who: 'member', scope: 'jobs:write', changes: true },
  'job.run_now': { who: 'member', scope: 'jobs:write', changes: true },
  // Of everybody's jobs at once, and in the name of others.
  'job.export': { who: 'admin', scope: 'jobs:read' },
  'job.import': { who: 'admin', scope: 'jobs:run', changes: true },
  'job.delete': { who: 'admin', scope: 'jobs:write', changes: true },
  'job.cancel': { who: 'member', scope: 'jobs:write', changes: true },
  'concurrency_group.see': { who: 'caller', scope: 'concurrency_groups:read' },
  'concurrency_group.see_all': { who: 'superadmin', scope: 'concurrency_groups:read' },
  'concurrency_group.delete': { who: 'superadmin', scope: 'concurrency_groups:write', changes: true },
} as const satisfies Readonly<Record<string, ActionRule>>

export type Action = keyof typeof actions

/** The rule of an action in its general form. */
export function ruleOf(action: Action): ActionRule {
  return actions[action]
}
