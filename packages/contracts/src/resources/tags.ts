import { z } from 'zod'
import { resource } from '../route.ts'
import { Flag, Text } from '../shapes.ts'

export const tags = resource({
  getCustomTags: {
    method: 'GET',
    path: '/workers/custom_tags',
    summary:
      'Custom tags of the instance; those kept for some workspaces, and for which, are shown to superadmins only.',
    auth: 'user',
    query: z.object({ show_workspace_restriction: Flag.optional() }),
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  getCustomTagsForWorkspace: {
    method: 'GET',
    path: '/w/:workspace/workers/custom_tags',
    summary: 'Custom tags that jobs of the workspace may have.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  /** Spelled as clients know it. */
  geDefaultTags: {
    method: 'GET',
    path: '/workers/get_default_tags',
    summary: 'Tags of jobs that name none: the languages and kinds.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(z.string()) },
  },
  isDefaultTagsPerWorkspace: {
    method: 'GET',
    path: '/workers/is_default_tags_per_workspace',
    summary: 'Whether jobs that name no tag get `<language>-<workspace>`, in all workspaces or some.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.boolean() },
  },
  existsWorkersWithTags: {
    method: 'GET',
    path: '/workers/exists_workers_with_tags',
    summary: 'For each tag of a list with commas, whether a live worker serves it.',
    auth: 'user',
    query: z.object({ tags: Text.max(10_000), workspace: Text.max(50).optional() }),
    reply: { kind: 'json', status: 200, schema: z.record(z.string(), z.boolean()) },
  },
})
