import { z } from 'zod'
import { resource } from '../route.ts'
import { Text, WorkspaceId } from '../shapes.ts'

const Language = Text.min(1).max(50)
const FileName = Text.max(100).regex(
  /^[\w-]*$/,
  'must be of letters, digits, - and _; empty for the file of all scripts',
)
const Content = Text.max(1_000_000)

export const NewWorkspaceDependencies = z.object({
  workspace_id: WorkspaceId.nullish(),
  language: Language,
  /** Absent for the file that holds for all scripts of the language which name none. */
  name: FileName.nullish(),
  description: Text.max(10_000).nullish(),
  content: Content,
})
export type NewWorkspaceDependencies = z.infer<typeof NewWorkspaceDependencies>

/** A dependency file as it is at the moment. */
export const WorkspaceDependencies = z.object({
  id: z.number(),
  archived: z.boolean(),
  name: z.string().optional(),
  description: z.string(),
  content: z.string(),
  language: z.string(),
  workspace_id: z.string(),
  created_at: z.string(),
})
export type WorkspaceDependencies = z.infer<typeof WorkspaceDependencies>

/** Who imports a script or a dependency file, which is imported as `dependencies/<language>[/<name>]`. */
export const DependencyDependent = z.object({ importer_path: z.string(), importer_kind: z.enum(['script', 'flow']) })

export const DependencyMapping = DependencyDependent.extend({ workspace_id: z.string(), imported_path: z.string() })

/** Code to be locked without deploying it. */
export const RawLock = z.object({
  raw_scripts: z
    .array(z.object({ raw_code: Text.max(5_000_000), language: Language, script_path: Text.max(255) }))
    .length(1, 'must be the one script that is to be locked'),
  entrypoint: Text.nullish(),
  /** Contents of dependency files by their paths; without them those of the workspace count. */
  raw_workspace_dependencies: z.record(z.string(), Content).nullish(),
  temp_script_refs: z
    .record(z.string(), z.unknown())
    .nullish()
    .refine((refs) => Object.keys(refs ?? {}).length === 0, 'must be left out: deploy the imported scripts first'),
})
export type RawLock = z.infer<typeof RawLock>

const byLanguage = z.object({ language: Language })
const byName = z.object({ name: FileName.optional() })

export const workspaceDependencies = resource({
  createWorkspaceDependencies: {
    method: 'POST',
    path: '/w/:workspace/workspace_dependencies/create',
    summary: 'Put a dependency file in place of the one before; scripts that use it are locked anew.',
    auth: 'user',
    body: { kind: 'json', schema: NewWorkspaceDependencies },
    reply: { kind: 'text', status: 201, description: 'The id of the version.' },
    problems: ['script.unknown_language'],
  },
  archiveWorkspaceDependencies: {
    method: 'POST',
    path: '/w/:workspace/workspace_dependencies/archive/:language',
    summary: 'Take a dependency file out of use; its versions are kept.',
    auth: 'user',
    params: byLanguage,
    query: byName,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['workspace_dependencies.not_found'],
  },
  deleteWorkspaceDependencies: {
    method: 'POST',
    path: '/w/:workspace/workspace_dependencies/delete/:language',
    summary: 'Forget a dependency file with all its versions.',
    auth: 'user',
    params: byLanguage,
    query: byName,
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['workspace_dependencies.not_found'],
  },
  listWorkspaceDependencies: {
    method: 'GET',
    path: '/w/:workspace/workspace_dependencies/list',
    summary: 'All dependency files by language and name.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(WorkspaceDependencies) },
  },
  getLatestWorkspaceDependencies: {
    method: 'GET',
    path: '/w/:workspace/workspace_dependencies/get_latest/:language',
    summary: 'A dependency file as it is at the moment.',
    auth: 'user',
    params: byLanguage,
    query: byName,
    reply: { kind: 'json', status: 200, schema: WorkspaceDependencies },
    problems: ['workspace_dependencies.not_found'],
  },
  listAllWorkspaceDependencies: {
    method: 'GET',
    path: '/configs/list_all_workspace_dependencies',
    summary: 'Which dependency files all workspaces have.',
    auth: 'superadmin',
    reply: {
      kind: 'json',
      status: 200,
      schema: z.array(z.object({ workspace_id: z.string(), name: z.string().optional(), language: z.string() })),
    },
  },
  getDependents: {
    method: 'GET',
    path: '/w/:workspace/workspaces/get_dependents/*imported_path',
    summary: 'Scripts, and flows with inline scripts, that import a script or a dependency file themselves.',
    auth: 'user',
    params: z.object({ imported_path: Text }),
    reply: { kind: 'json', status: 200, schema: z.array(DependencyDependent) },
  },
  getDependentsAmounts: {
    method: 'POST',
    path: '/w/:workspace/workspaces/get_dependents_amounts',
    summary: 'How many scripts import each of these paths themselves.',
    auth: 'user',
    body: { kind: 'json', schema: z.array(Text).max(10_000) },
    reply: { kind: 'json', status: 200, schema: z.array(z.object({ imported_path: z.string(), count: z.number() })) },
  },
  getDependencyMap: {
    method: 'GET',
    path: '/w/:workspace/workspaces/get_dependency_map',
    summary: 'Which script imports what.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(DependencyMapping) },
  },
  rebuildDependencyMap: {
    method: 'POST',
    path: '/w/:workspace/workspaces/rebuild_dependency_map',
    summary: 'Read anew what all scripts import.',
    auth: 'user',
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
  runRawScriptDependencies: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/dependencies',
    summary: 'Make the lock of a script without deploying it.',
    auth: 'user',
    body: { kind: 'json', schema: RawLock },
    reply: { kind: 'custom', status: 200, description: 'The lock: `{"lock": …}`.', otherStatuses: [500] },
    problems: ['script.unknown_language', 'job.key_reused', 'job.wait_timed_out', 'queue.full'],
  },
  runRawScriptDependenciesAsync: {
    method: 'POST',
    path: '/w/:workspace/jobs/run/dependencies_async',
    summary: 'Enqueue a job that makes the lock of a script without deploying it; its result is `{"lock": …}`.',
    auth: 'user',
    body: { kind: 'json', schema: RawLock },
    reply: { kind: 'text', status: 201, description: 'The id of the job.' },
    problems: ['script.unknown_language', 'job.key_reused'],
  },
})
