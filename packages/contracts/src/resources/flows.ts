import { z } from 'zod'
import { FormSchema } from '../json-schema.ts'
import { FlowValue } from '../open-flow.ts'
import { resource } from '../route.ts'
import { Flag, ItemPath, Page, Text } from '../shapes.ts'

const Seconds = z.number().int().min(0).max(2_147_483_647)

/** Settings of a flow beside its document, kept as they were sent and shown again only where they were set. */
export const FlowOptions = z.object({
  tag: Text.max(255).nullish(),
  ws_error_handler_muted: z.boolean().nullish(),
  priority: z.number().int().min(0).max(100).nullish(),
  dedicated_worker: z.boolean().nullish(),
  /** Seconds. */
  timeout: Seconds.nullish(),
  visible_to_runner_only: z.boolean().nullish(),
  on_behalf_of_email: Text.nullish(),
  on_behalf_of: Text.nullish(),
  labels: z.array(Text).nullish(),
})
export type FlowOptions = z.infer<typeof FlowOptions>

const FlowFields = FlowOptions.extend({
  summary: Text.max(1000).nullish(),
  description: Text.max(100_000).nullish(),
  value: FlowValue,
  /** The form of its inputs. */
  schema: FormSchema.nullish(),
  preserve_on_behalf_of: z.boolean().nullish(),
  deployment_message: Text.max(10_000).nullish(),
  skip_draft_deletion: z.boolean().nullish(),
  /** The version that was edited: another one that serves meanwhile is not overwritten. */
  parent_version: z.number().int().nullish(),
})

export const NewFlow = FlowFields.extend({ path: ItemPath })
export type NewFlow = z.infer<typeof NewFlow>

/** A new version; another `path` moves the flow. */
export const EditFlow = FlowFields.extend({ path: ItemPath.nullish() })
export type EditFlow = z.infer<typeof EditFlow>

/** A row of the list: everything but document and schema. */
export const FlowItem = FlowOptions.extend({
  workspace_id: z.string(),
  path: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  edited_by: z.string(),
  edited_at: z.string(),
  archived: z.boolean(),
  extra_perms: z.record(z.string(), z.boolean()),
  starred: z.boolean(),
  draft_only: z.boolean().optional(),
  has_draft: z.boolean().optional(),
  is_draft: z.boolean().optional(),
  chat_input_enabled: z.boolean().optional(),
  deployment_msg: z.string().optional(),
  version_id: z.number(),
  lock_error_logs: z.string().optional(),
  /** The job that locks its inline scripts, or did it last. */
  lock_job: z.string().optional(),
  /** Its inline scripts are being locked: the version before goes on to serve, if there is one. */
  is_locking: z.boolean().optional(),
})
export type FlowItem = z.infer<typeof FlowItem>

export const Flow = FlowItem.extend({ value: FlowValue, schema: FormSchema.optional() })
export type Flow = z.infer<typeof Flow>

export const FlowVersion = z.object({
  id: z.number(),
  created_at: z.string(),
  deployment_msg: z.string().optional(),
  created_by: z.string().optional(),
})
export type FlowVersion = z.infer<typeof FlowVersion>

/** How far the locks of the newest version are; without an error, a job is at it or they are made. */
export const FlowDeployment = z.object({ lock_error_logs: z.string().optional(), job_id: z.string().optional() })
export type FlowDeployment = z.infer<typeof FlowDeployment>

const byPath = z.object({ path: Text })
const byVersion = z.object({ version: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })
const confirmation = { kind: 'text', status: 200, description: 'A confirmation.' } as const

export const flows = resource({
  createFlow: {
    method: 'POST',
    path: '/w/:workspace/flows/create',
    summary: 'Deploy a flow at a path that has none.',
    auth: 'user',
    body: { kind: 'json', schema: NewFlow },
    reply: { kind: 'text', status: 201, description: 'The path.' },
    problems: ['flow.path_taken', 'flow.invalid'],
  },
  updateFlow: {
    method: 'POST',
    path: '/w/:workspace/flows/update/*path',
    summary: 'Deploy a new version of a flow, and move it if the body has another path.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: EditFlow },
    reply: { kind: 'text', status: 200, description: 'The path.' },
    problems: ['flow.not_found', 'flow.path_taken', 'flow.stale_parent', 'flow.invalid'],
  },
  listFlows: {
    method: 'GET',
    path: '/w/:workspace/flows/list',
    summary: 'Newest version of each flow, newest first, without documents.',
    auth: 'user',
    query: Page.extend({
      order_desc: Flag.optional(),
      created_by: Text.optional(),
      path_start: Text.optional(),
      path_exact: Text.optional(),
      show_archived: Flag.optional(),
      starred_only: Flag.optional(),
      include_draft_only: Flag.optional(),
      with_deployment_msg: Flag.optional(),
      without_description: Flag.optional(),
      dedicated_worker: Flag.optional(),
      label: Text.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(FlowItem) },
  },
  listFlowPaths: {
    method: 'GET',
    path: '/w/:workspace/flows/list_paths',
    summary: 'Paths of all flows.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  listSearchFlow: {
    method: 'GET',
    path: '/w/:workspace/flows/list_search',
    summary: 'Paths and documents of all flows, to be searched by the client; 1,000 at the most, newest first.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.object({ path: z.string(), value: FlowValue })) },
  },
  listFlowPathsFromWorkspaceRunnable: {
    method: 'GET',
    path: '/w/:workspace/flows/list_paths_from_workspace_runnable/:runnable_kind/*path',
    summary: 'Paths of the flows that have a script or a flow as a step.',
    auth: 'user',
    params: z.object({ runnable_kind: z.enum(['script', 'flow']), path: Text }),
    query: z.object({ match_path_start: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  getFlowByPath: {
    method: 'GET',
    path: '/w/:workspace/flows/get/*path',
    summary: 'The newest version at a path.',
    auth: 'user',
    params: byPath,
    query: z.object({ with_starred_info: Flag.optional(), get_draft: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: Flow },
    problems: ['flow.not_found'],
  },
  getFlowVersion: {
    method: 'GET',
    path: '/w/:workspace/flows/get/v/:version',
    summary: 'One version.',
    auth: 'user',
    params: byVersion,
    reply: { kind: 'json', status: 200, schema: Flow },
    problems: ['flow.not_found'],
  },
  existsFlowByPath: {
    method: 'GET',
    path: '/w/:workspace/flows/exists/*path',
    summary: 'Whether there is a flow at this path, archived or not.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  getFlowHistory: {
    method: 'GET',
    path: '/w/:workspace/flows/history/p/*path',
    summary: 'Versions at a path, newest first.',
    auth: 'user',
    params: byPath,
    query: Page,
    reply: { kind: 'json', status: 200, schema: z.array(FlowVersion) },
    problems: ['flow.not_found'],
  },
  getFlowLatestVersion: {
    method: 'GET',
    path: '/w/:workspace/flows/get_latest_version/*path',
    summary: 'Which version is the newest at a path.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: FlowVersion },
    problems: ['flow.not_found'],
  },
  updateFlowHistory: {
    method: 'POST',
    path: '/w/:workspace/flows/history_update/v/:version',
    summary: 'Change the message of a version.',
    auth: 'user',
    params: byVersion,
    body: { kind: 'json', schema: z.strictObject({ deployment_msg: Text.max(10_000) }) },
    reply: confirmation,
    problems: ['flow.not_found'],
  },
  getFlowDeploymentStatus: {
    method: 'GET',
    path: '/w/:workspace/flows/deployment_status/p/*path',
    summary: 'Whether the inline scripts of the newest version are locked, or why not.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: FlowDeployment },
    problems: ['flow.not_found'],
  },
  toggleWorkspaceErrorHandlerForFlow: {
    method: 'POST',
    path: '/w/:workspace/flows/toggle_workspace_error_handler/*path',
    summary: 'Let failures of a flow be told to the error handler of the workspace, or not.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: z.strictObject({ muted: z.boolean().nullish() }) },
    reply: confirmation,
    problems: ['flow.not_found'],
  },
  archiveFlowByPath: {
    method: 'POST',
    path: '/w/:workspace/flows/archive/*path',
    summary: 'Take a flow out of the lists, or back into them; its versions and runs stay readable.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: z.strictObject({ archived: z.boolean().nullish() }), optional: true },
    reply: confirmation,
    problems: ['flow.not_found'],
  },
  deleteFlowByPath: {
    method: 'DELETE',
    path: '/w/:workspace/flows/delete/*path',
    summary: 'Delete a flow and its versions, if it is there; its runs stay readable, and those under way go on.',
    auth: 'user',
    params: byPath,
    query: z.object({ keep_captures: Flag.optional() }),
    reply: confirmation,
  },
})
