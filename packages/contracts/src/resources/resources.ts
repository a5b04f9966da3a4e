import { z } from 'zod'
import { resource } from '../route.ts'
import { Flag, ItemPath, Json, Page, Text } from '../shapes.ts'

const Labels = z.array(Text.max(100)).max(100)
const TypeName = Text.regex(/^[\w-]{1,100}$/, 'must be at most 100 letters, digits, _ and -')

export const NewResource = z.strictObject({
  path: ItemPath,
  value: Json.optional(),
  description: Text.max(10_000).nullish(),
  resource_type: TypeName,
  labels: Labels.nullish(),
  ws_specific: z.boolean().nullish(),
})
export type NewResource = z.infer<typeof NewResource>

export const ResourceChange = z.strictObject({
  path: ItemPath.nullish(),
  value: Json.optional(),
  description: Text.max(10_000).nullish(),
  resource_type: TypeName.nullish(),
  labels: Labels.nullish(),
  ws_specific: z.boolean().nullish(),
})
export type ResourceChange = z.infer<typeof ResourceChange>

export const WorkspaceResource = z.object({
  workspace_id: z.string(),
  path: z.string(),
  description: z.string(),
  resource_type: z.string(),
  value: Json.optional(),
  is_oauth: z.boolean(),
  /** A variable has the same path. */
  is_linked: z.boolean(),
  is_refreshed: z.boolean(),
  is_expired: z.boolean(),
  labels: z.array(z.string()).optional(),
  extra_perms: z.record(z.string(), z.boolean()),
  created_by: z.string(),
  edited_at: z.string(),
})
export type WorkspaceResource = z.infer<typeof WorkspaceResource>

const byPath = z.object({ path: Text })
const done = { kind: 'text', status: 200, description: 'A confirmation.' } as const

export const resources = resource({
  createResource: {
    method: 'POST',
    path: '/w/:workspace/resources/create',
    summary: 'Make a resource, or with `update_if_exists` change the one that is there.',
    auth: 'user',
    query: z.object({ update_if_exists: Flag.optional() }),
    body: { kind: 'json', schema: NewResource },
    reply: { kind: 'text', status: 201, description: 'A confirmation.' },
    problems: ['resource.path_taken'],
  },
  updateResource: {
    method: 'POST',
    path: '/w/:workspace/resources/update/*path',
    summary: 'Change what is sent of a resource, its path included.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: ResourceChange },
    reply: { kind: 'text', status: 200, description: 'The path.' },
    problems: ['resource.not_found', 'resource.path_taken'],
  },
  updateResourceValue: {
    method: 'POST',
    path: '/w/:workspace/resources/update_value/*path',
    summary: 'Change the value alone; one that is not sent is null.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: z.strictObject({ value: Json.optional() }) },
    reply: done,
    problems: ['resource.not_found'],
  },
  deleteResource: {
    method: 'DELETE',
    path: '/w/:workspace/resources/delete/*path',
    summary: 'Delete a resource.',
    auth: 'user',
    params: byPath,
    reply: done,
    problems: ['resource.not_found'],
  },
  deleteResourcesBulk: {
    method: 'DELETE',
    path: '/w/:workspace/resources/delete_bulk',
    summary: 'Delete several resources; those that are not there are passed over.',
    auth: 'user',
    body: { kind: 'json', schema: z.strictObject({ paths: z.array(Text).max(1000) }) },
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  getResource: {
    method: 'GET',
    path: '/w/:workspace/resources/get/*path',
    summary: 'A resource; references in its value stay as they are.',
    auth: 'user',
    params: byPath,
    query: z.object({ get_draft: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: WorkspaceResource },
    problems: ['resource.not_found'],
  },
  getResourceValue: {
    method: 'GET',
    path: '/w/:workspace/resources/get_value/*path',
    summary: 'The value alone; references in it stay as they are.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: Json },
    problems: ['resource.not_found'],
  },
  getResourceValueInterpolated: {
    method: 'GET',
    path: '/w/:workspace/resources/get_value_interpolated/*path',
    summary: 'The value with `$var:` and `$res:` references resolved, however deep they stand.',
    auth: 'user',
    params: byPath,
    query: z.object({ job_id: Text.optional(), allow_cache: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: Json },
    problems: ['resource.not_found', 'resource.unresolved'],
  },
  existsResource: {
    method: 'GET',
    path: '/w/:workspace/resources/exists/*path',
    summary: 'Whether a resource has this path.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  listResource: {
    method: 'GET',
    path: '/w/:workspace/resources/list',
    summary: 'Resources that the caller may see, by path; `value` is JSON (or its base64) that the value contains.',
    auth: 'user',
    query: Page.extend({
      /** Names with commas. */
      resource_type: Text.optional(),
      resource_type_exclude: Text.optional(),
      path: Text.optional(),
      path_start: Text.optional(),
      description: Text.optional(),
      value: Text.optional(),
      broad_filter: Text.optional(),
      label: Text.optional(),
      include_draft_only: Flag.optional(),
    }),
    reply: { kind: 'json', status: 200, schema: z.array(WorkspaceResource) },
  },
  listSearchResource: {
    method: 'GET',
    path: '/w/:workspace/resources/list_search',
    summary: 'Resources with the beginning of their values as text, for a search.',
    auth: 'user',
    reply: {
      kind: 'json',
      status: 200,
      schema: z.array(z.object({ path: z.string(), value: z.string(), truncated: z.boolean() })),
    },
  },
  listResourceNames: {
    method: 'GET',
    path: '/w/:workspace/resources/list_names/:name',
    summary: 'Names and paths of the resources of a type.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.object({ name: z.string(), path: z.string() })) },
  },
})
