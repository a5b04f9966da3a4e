import { z } from 'zod'
import { registrySettings } from '../registry-settings.ts'
import { resource } from '../route.ts'
import { Json, Text, WorkspaceId } from '../shapes.ts'
import { CustomTag } from '../tags.ts'

/** Every setting of the instance and what it takes; null takes it back to its default. */
export const instanceSettings = {
  /** Tags that scripts are offered, and whose use may be kept to workspaces. */
  custom_tags: z.array(CustomTag).max(1000).nullish(),
  /** Jobs that name no tag get `<language>-<workspace>`. */
  default_tags_per_workspace: z.boolean().nullish(),
  /** In these workspaces only. */
  default_tags_workspaces: z.array(WorkspaceId).max(10_000).nullish(),
  ...registrySettings,
} as const satisfies Readonly<Record<string, z.ZodType>>

const byKey = z.object({ key: Text })

export const settings = resource({
  getGlobal: {
    method: 'GET',
    path: '/settings/global/:key',
    summary: 'A setting of the instance; null when it was never set.',
    auth: 'superadmin',
    params: byKey,
    reply: { kind: 'json', status: 200, schema: Json },
  },
  setGlobal: {
    method: 'POST',
    path: '/settings/global/:key',
    summary: 'Set a setting of the instance; other servers follow within a second.',
    auth: 'superadmin',
    params: byKey,
    body: { kind: 'json', schema: z.strictObject({ value: Json.optional() }) },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
  },
})
