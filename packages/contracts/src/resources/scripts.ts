import { z } from 'zod'
import { FormSchema } from '../json-schema.ts'
import { resource } from '../route.ts'
import { Flag, ItemPath, Page, ScriptHash, Text } from '../shapes.ts'

export const ScriptKind = z.enum(['script', 'failure', 'trigger', 'command', 'approval', 'preprocessor'])

const Seconds = z.number().int().min(0).max(2_147_483_647)

const Attempts = z.number().int().min(0).max(10_000)

/** How failed runs are tried again: the constant attempts first, then the exponential ones. */
export const Retry = z.strictObject({
  constant: z.strictObject({ attempts: Attempts, seconds: Seconds }).optional(),
  /** Before the nth attempt it waits `multiplier` × `seconds` ^ n seconds, give or take `random_factor` percent. */
  exponential: z
    .strictObject({
      attempts: Attempts,
      multiplier: z.number().min(0).max(1_000_000),
      seconds: z.number().min(0).max(1_000_000),
      random_factor: z.number().min(0).max(100).optional(),
    })
    .optional(),
})
export type Retry = z.infer<typeof Retry>

/** Settings of a script that are kept as they were sent and shown again only where they were set. */
export const ScriptOptions = z.object({
  is_template: z.boolean().nullish(),
  envs: z.array(Text).nullish(),
  concurrent_limit: Seconds.nullish(),
  concurrency_time_window_s: Seconds.nullish(),
  concurrency_key: Text.nullish(),
  cache_ttl: Seconds.nullish(),
  cache_ignore_s3_path: z.boolean().nullish(),
  dedicated_worker: z.boolean().nullish(),
  ws_error_handler_muted: z.boolean().nullish(),
  priority: z.number().int().min(0).max(100).nullish(),
  restart_unless_cancelled: z.boolean().nullish(),
  retry: Retry.nullish(),
  delete_after_secs: Seconds.nullish(),
  /** What its jobs reach: `host` (and so without it) all that the worker reaches, `none` nothing, not even this API. */
  network: z.enum(['none', 'host']).nullish(),
  debounce_key: Text.nullish(),
  debounce_delay_s: Seconds.nullish(),
  debounce_args_to_accumulate: z.array(Text).nullish(),
  max_total_debouncing_time: Seconds.nullish(),
  max_total_debounces_amount: Seconds.nullish(),
  visible_to_runner_only: z.boolean().nullish(),
  codebase: Text.nullish(),
  on_behalf_of_email: Text.nullish(),
  assets: z.array(z.unknown()).nullish(),
  modules: z.record(z.string(), z.unknown()).nullish(),
  labels: z.array(Text).nullish(),
})
export type ScriptOptions = z.infer<typeof ScriptOptions>

export const NewScript = ScriptOptions.extend({
  path: ItemPath,
  parent_hash: ScriptHash.nullish(),
  /** Take the newest version as the parent, whichever it is. */
  auto_parent: z.boolean().nullish(),
  summary: Text.max(1000).nullish(),
  description: Text.max(100_000).nullish(),
  content: Text.max(5_000_000),
  /** Inferred from the content when absent. */
  schema: FormSchema.nullish(),
  language: Text.min(1).max(50),
  kind: ScriptKind.nullish(),
  lock: Text.nullish(),
  tag: Text.max(255).nullish(),
  /** Seconds. */
  timeout: Seconds.nullish(),
  has_preprocessor: z.boolean().nullish(),
  auto_kind: Text.nullish(),
  deployment_message: Text.max(10_000).nullish(),
  on_behalf_of: Text.nullish(),
  preserve_on_behalf_of: z.boolean().nullish(),
  skip_draft_deletion: z.boolean().nullish(),
  no_main_func: z.boolean().nullish(),
})
export type NewScript = z.infer<typeof NewScript>

export const Script = ScriptOptions.extend({
  workspace_id: z.string(),
  hash: z.string(),
  path: z.string(),
  parent_hashes: z.array(z.string()).optional(),
  summary: z.string(),
  description: z.string(),
  content: z.string(),
  created_by: z.string(),
  created_at: z.string(),
  archived: z.boolean(),
  deleted: z.boolean(),
  is_template: z.boolean(),
  schema: FormSchema.optional(),
  extra_perms: z.record(z.string(), z.boolean()),
  lock: z.string().nullish(),
  lock_error_logs: z.string().optional(),
  /** The job that makes its lock, or made it last. */
  lock_job: z.string().optional(),
  /** Its first lock is being made: the version before goes on to serve, if there is one. */
  is_locking: z.boolean().optional(),
  language: z.string(),
  kind: ScriptKind,
  starred: z.boolean(),
  tag: z.string().optional(),
  timeout: z.number().optional(),
  has_preprocessor: z.boolean().optional(),
  auto_kind: z.string().optional(),
})
export type Script = z.infer<typeof Script>

/** A row of the list: everything but content, lock and schema. */
export const ScriptItem = Script.omit({ content: true, lock: true, schema: true, parent_hashes: true })
export type ScriptItem = z.infer<typeof ScriptItem>

export const ScriptHistory = z.object({
  script_hash: z.string(),
  deployment_msg: z.string().optional(),
  created_at: z.string().optional(),
  created_by: z.string().optional(),
})
export type ScriptHistory = z.infer<typeof ScriptHistory>

/** How far the lock of a version is; without a lock and an error, its job is at it. */
export const DeploymentStatus = z.object({
  lock: z.string().optional(),
  lock_error_logs: z.string().optional(),
  job_id: z.string().optional(),
})
export type DeploymentStatus = z.infer<typeof DeploymentStatus>

export const SignatureRequest = z.strictObject({
  language: Text.min(1).max(50),
  content: Text.max(5_000_000),
  /** The schema that the script had: what people added to its fields by hand is in the new one too. */
  previous: FormSchema.optional(),
})

export const SignatureReply = z.object({
  schema: FormSchema,
  auto_kind: z.enum(['lib', 'wac']).nullable(),
  has_preprocessor: z.boolean(),
  /** Set when the script cannot be parsed; the schema is then empty. */
  error: z.object({ message: z.string(), line: z.number().optional() }).optional(),
})
export type SignatureReply = z.infer<typeof SignatureReply>

const byPath = z.object({ path: Text })
const byHash = z.object({ hash: Text })

export const scripts = resource({
  createScript: {
    method: 'POST',
    path: '/w/:workspace/scripts/create',
    summary: 'Deploy a script, or a new version of one; infers the schema when none is given.',
    auth: 'user',
    query: z.object({ skip_if_noop: Flag.optional() }),
    body: { kind: 'json', schema: NewScript },
    reply: { kind: 'text', status: 201, description: 'The hash of the version.' },
    problems: ['script.path_taken', 'script.stale_parent', 'script.unknown_language', 'script.invalid'],
  },
  listScripts: {
    method: 'GET',
    path: '/w/:workspace/scripts/list',
    summary: 'Newest version of each script, newest first.',
    auth: 'user',
    query: Page.extend({
      order_desc: Flag.optional(),
      created_by: Text.optional(),
      path_start: Text.optional(),
      path_exact: Text.optional(),
      show_archived: Flag.optional(),
      include_without_main: Flag.optional(),
      kinds: Text.optional(),
      languages: Text.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(ScriptItem) },
  },
  listScriptPaths: {
    method: 'GET',
    path: '/w/:workspace/scripts/list_paths',
    summary: 'Paths of all scripts.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  getScriptByPath: {
    method: 'GET',
    path: '/w/:workspace/scripts/get/p/*path',
    summary: 'The newest version at a path.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: Script },
    problems: ['script.not_found'],
  },
  getScriptByHash: {
    method: 'GET',
    path: '/w/:workspace/scripts/get/h/:hash',
    summary: 'One version.',
    auth: 'user',
    params: byHash,
    reply: { kind: 'json', status: 200, schema: Script },
    problems: ['script.not_found'],
  },
  rawScriptByPath: {
    method: 'GET',
    path: '/w/:workspace/scripts/raw/p/*path',
    summary: 'Content of the newest version; a file extension at the end of the path is ignored.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'text', status: 200, description: 'The source.' },
    problems: ['script.not_found'],
  },
  rawScriptByHash: {
    method: 'GET',
    path: '/w/:workspace/scripts/raw/h/*hash',
    summary: 'Content of one version; a file extension at the end is ignored.',
    auth: 'user',
    params: byHash,
    reply: { kind: 'text', status: 200, description: 'The source.' },
    problems: ['script.not_found'],
  },
  existsScriptByPath: {
    method: 'GET',
    path: '/w/:workspace/scripts/exists/p/*path',
    summary: 'Whether a script that is not archived has this path.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  getScriptHistoryByPath: {
    method: 'GET',
    path: '/w/:workspace/scripts/history/p/*path',
    summary: 'Versions at a path, newest first.',
    auth: 'user',
    params: byPath,
    query: Page,
    reply: { kind: 'json', status: 200, schema: z.array(ScriptHistory) },
    problems: ['script.not_found'],
  },
  toggleWorkspaceErrorHandlerForScript: {
    method: 'POST',
    path: '/w/:workspace/scripts/toggle_workspace_error_handler/p/*path',
    summary: 'Let failures of a script be told to the error handler of the workspace, or not.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: z.strictObject({ muted: z.boolean().nullish() }) },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['script.not_found'],
  },
  archiveScriptByPath: {
    method: 'POST',
    path: '/w/:workspace/scripts/archive/p/*path',
    summary: 'Take a script out of the lists; its versions and runs stay readable.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['script.not_found'],
  },
  archiveScriptByHash: {
    method: 'POST',
    path: '/w/:workspace/scripts/archive/h/:hash',
    summary: 'Archive one version.',
    auth: 'user',
    params: byHash,
    reply: { kind: 'json', status: 200, schema: Script },
    problems: ['script.not_found'],
  },
  getScriptDeploymentStatus: {
    method: 'GET',
    path: '/w/:workspace/scripts/deployment_status/h/:hash',
    summary: 'The lock of a version, or why there is none.',
    auth: 'user',
    params: byHash,
    reply: { kind: 'json', status: 200, schema: DeploymentStatus },
    problems: ['script.not_found'],
  },
  inferSignature: {
    method: 'POST',
    path: '/scripts/signature',
    summary: 'The form that a source asks for, without deploying it.',
    auth: 'user',
    body: { kind: 'json', schema: SignatureRequest },
    reply: { kind: 'json', status: 200, schema: SignatureReply },
    problems: ['script.unknown_language'],
  },
})
