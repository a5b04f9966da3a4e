import { z } from 'zod'
import { resource } from '../route.ts'
import { Text } from '../shapes.ts'

/** What handlers are told of: jobs that failed, that succeeded, or that did for the first time after they had failed. */
export const HandlerEvent = z.enum(['error', 'success', 'recovery'])
export type HandlerEvent = z.infer<typeof HandlerEvent>

const ExtraArgs = z.record(z.string(), z.unknown())

/** A script or a flow that is told how jobs end. */
export const HandlerConfig = z.object({
  /** `script/<path>` or `flow/<path>`. */
  path: z.string(),
  extra_args: ExtraArgs.optional(),
  muted_on_cancel: z.boolean(),
  /** Jobs of paths below `u/` are not told. */
  muted_on_user_path: z.boolean(),
  /** Jobs that people started in the browser are not told. */
  muted_on_ui_runs: z.literal(true).optional(),
})
export type HandlerConfig = z.infer<typeof HandlerConfig>

const EditHandler = z.strictObject({
  /** `script/<path>` or `flow/<path>`; without it nobody is told any more. */
  path: Text.max(300).nullish(),
  extra_args: ExtraArgs.nullish(),
  muted_on_cancel: z.boolean().nullish(),
  muted_on_user_path: z.boolean().nullish(),
  muted_on_ui_runs: z.boolean().nullish(),
})
export type EditHandler = z.infer<typeof EditHandler>

/** The names that older clients send are taken too. */
export const EditErrorHandler = EditHandler.extend({
  error_handler: Text.max(300).nullish(),
  error_handler_extra_args: ExtraArgs.nullish(),
  error_handler_muted_on_cancel: z.boolean().nullish(),
  fallback_to_instance_alerts: z
    .literal(false, 'must be false or left out: choose a handler of the instance instead, which is told anyway')
    .nullish(),
})

export const EditSuccessHandler = EditHandler.extend({
  success_handler: Text.max(300).nullish(),
  success_handler_extra_args: ExtraArgs.nullish(),
})

const Handlers = z.object({
  error_handler: HandlerConfig.optional(),
  success_handler: HandlerConfig.optional(),
  recovery_handler: HandlerConfig.optional(),
  /** Why a handler was not told the last time that it could not be. */
  handler_faults: z.partialRecord(HandlerEvent, z.object({ message: z.string(), at: z.string() })).optional(),
})
export type Handlers = z.infer<typeof Handlers>

export const WorkspaceSettings = Handlers.extend({
  workspace_id: z.string(),
  name: z.string(),
  color: z.string().optional(),
})
export type WorkspaceSettings = z.infer<typeof WorkspaceSettings>

const confirmation = { kind: 'text', status: 200, description: 'A confirmation.' } as const

export const handlers = resource({
  getSettings: {
    method: 'GET',
    path: '/w/:workspace/workspaces/get_settings',
    summary: 'Settings of the workspace, its handlers among them; for its administrators.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: WorkspaceSettings },
  },
  getWorkspaceName: {
    method: 'GET',
    path: '/w/:workspace/workspaces/get_workspace_name',
    summary: 'The name that people see.',
    auth: 'user',
    reply: { kind: 'text', status: 200, description: 'The name.' },
  },
  editErrorHandler: {
    method: 'POST',
    path: '/w/:workspace/workspaces/edit_error_handler',
    summary: 'Choose the script or flow that is told of jobs of the workspace that fail, or none.',
    auth: 'user',
    body: { kind: 'json', schema: EditErrorHandler },
    reply: confirmation,
    problems: ['handler.invalid'],
  },
  editSuccessHandler: {
    method: 'POST',
    path: '/w/:workspace/workspaces/edit_success_handler',
    summary: 'Choose the script or flow that is told of jobs of the workspace that succeed, or none.',
    auth: 'user',
    body: { kind: 'json', schema: EditSuccessHandler },
    reply: confirmation,
    problems: ['handler.invalid'],
  },
  editRecoveryHandler: {
    method: 'POST',
    path: '/w/:workspace/workspaces/edit_recovery_handler',
    summary: 'Choose the script or flow that is told when one of the workspace succeeds that failed before, or none.',
    auth: 'user',
    body: { kind: 'json', schema: EditHandler },
    reply: confirmation,
    problems: ['handler.invalid'],
  },
  getInstanceHandlers: {
    method: 'GET',
    path: '/settings/handlers',
    summary: 'Scripts and flows of the workspace `admins` that are told of jobs of all workspaces.',
    auth: 'superadmin',
    reply: { kind: 'json', status: 200, schema: Handlers },
  },
  editInstanceHandler: {
    method: 'POST',
    path: '/settings/handlers/:event',
    summary: 'Choose the script or flow of the workspace `admins` that is told of jobs of all workspaces, or none.',
    auth: 'superadmin',
    params: z.object({ event: Text }),
    body: { kind: 'json', schema: EditHandler },
    reply: confirmation,
    problems: ['handler.invalid'],
  },
})
