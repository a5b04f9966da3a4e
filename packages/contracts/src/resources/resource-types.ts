import { z } from 'zod'
import { resource } from '../route.ts'
import { Json, Text } from '../shapes.ts'

const TypeName = Text.regex(/^[\w-]{1,100}$/, 'must be at most 100 letters, digits, _ and -')
const Extension = Text.regex(/^[\w.-]{1,20}$/, 'must be a file extension without its dot')

export const NewResourceType = z.strictObject({
  workspace_id: Text.nullish(),
  name: TypeName,
  schema: Json.optional(),
  description: Text.max(10_000).nullish(),
  created_by: Text.nullish(),
  edited_at: Text.nullish(),
  format_extension: Extension.nullish(),
  is_fileset: z.boolean().nullish(),
  display_name: Text.max(200).nullish(),
})
export type NewResourceType = z.infer<typeof NewResourceType>

/** What is absent stays as it is; null takes an extension or a display name away. */
export const ResourceTypeChange = z.strictObject({
  schema: Json.optional(),
  description: Text.max(10_000).nullish(),
  is_fileset: z.boolean().nullish(),
  format_extension: Extension.nullish(),
  display_name: Text.max(200).nullish(),
})
export type ResourceTypeChange = z.infer<typeof ResourceTypeChange>

/** What resources of a type look like; types of the workspace `admins` are everybody's. */
export const ResourceType = z.object({
  workspace_id: z.string(),
  name: z.string(),
  schema: Json.optional(),
  description: z.string(),
  created_by: z.string(),
  edited_at: z.string(),
  format_extension: z.string().optional(),
  is_fileset: z.boolean(),
  display_name: z.string().optional(),
})
export type ResourceType = z.infer<typeof ResourceType>

const byPath = z.object({ path: Text })
const done = { kind: 'text', status: 200, description: 'A confirmation.' } as const

export const resourceTypes = resource({
  createResourceType: {
    method: 'POST',
    path: '/w/:workspace/resources/type/create',
    summary: 'Make a resource type; in the workspace `admins` it is everybody’s.',
    auth: 'user',
    body: { kind: 'json', schema: NewResourceType },
    reply: { kind: 'text', status: 201, description: 'A confirmation.' },
    problems: ['resource_type.name_taken'],
  },
  updateResourceType: {
    method: 'POST',
    path: '/w/:workspace/resources/type/update/*path',
    summary: 'Change what is sent of a type of this workspace.',
    auth: 'user',
    params: byPath,
    body: { kind: 'json', schema: ResourceTypeChange },
    reply: done,
    problems: ['resource_type.not_found'],
  },
  deleteResourceType: {
    method: 'DELETE',
    path: '/w/:workspace/resources/type/delete/*path',
    summary: 'Delete a type of this workspace; its resources stay.',
    auth: 'user',
    params: byPath,
    reply: done,
    problems: ['resource_type.not_found'],
  },
  getResourceType: {
    method: 'GET',
    path: '/w/:workspace/resources/type/get/*path',
    summary: 'A type: the workspace’s own, or else everybody’s.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: ResourceType },
    problems: ['resource_type.not_found'],
  },
  existsResourceType: {
    method: 'GET',
    path: '/w/:workspace/resources/type/exists/*path',
    summary: 'Whether there is a type of this name.',
    auth: 'user',
    params: byPath,
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  listResourceType: {
    method: 'GET',
    path: '/w/:workspace/resources/type/list',
    summary: 'Types of the workspace and of everybody, by name.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(ResourceType) },
  },
  listResourceTypeNames: {
    method: 'GET',
    path: '/w/:workspace/resources/type/listnames',
    summary: 'Names of all types.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  listResourceCountsByType: {
    method: 'GET',
    path: '/w/:workspace/resources/type/resource_counts',
    summary: 'How many resources that the caller may see each type has.',
    auth: 'user',
    reply: {
      kind: 'json',
      status: 200,
      schema: z.array(z.object({ resource_type: z.string(), count: z.number() })),
    },
  },
  fileResourceTypeToFileExtMap: {
    method: 'GET',
    path: '/w/:workspace/resources/file_resource_type_to_file_ext_map',
    summary: 'Types whose value is a file or a set of files, with the extension.',
    auth: 'user',
    reply: {
      kind: 'json',
      status: 200,
      schema: z.record(
        z.string(),
        z.object({ format_extension: z.string().nullish(), is_fileset: z.boolean().optional() }),
      ),
    },
  },
})
