import { z } from 'zod'
import { resource } from '../route.ts'
import { Flag, Text } from '../shapes.ts'

/** What goes into an archive; kinds of items that are not kept here are left out whatever is asked. */
export const ArchiveQuery = z.object({
  archive_type: z
    .string()
    .refine((type) => type === 'tar' || type === 'zip', 'Invalid Archive Type: must be tar or zip')
    .transform((type) => (type === 'zip' ? ('zip' as const) : ('tar' as const)))
    .optional(),
  plain_secret: Flag.optional(),
  skip_variables: Flag.optional(),
  skip_secrets: Flag.optional(),
  skip_resources: Flag.optional(),
  skip_resource_types: Flag.optional(),
  include_schedules: Flag.optional(),
  include_triggers: Flag.optional(),
  include_users: Flag.optional(),
  include_groups: Flag.optional(),
  include_settings: Flag.optional(),
  include_key: Flag.optional(),
  include_workspace_dependencies: Flag.optional(),
  skip_datatable_migrations: Flag.optional(),
  /** The language of files that end in `.ts`. */
  default_ts: Text.optional(),
  settings_version: Text.optional(),
  preserve_extra_perms: Flag.optional(),
  sync_behavior_version: Text.optional(),
})
export type ArchiveQuery = z.infer<typeof ArchiveQuery>

export const workspaceArchive = resource({
  downloadWorkspaceArchive: {
    method: 'GET',
    path: '/w/:workspace/workspaces/tarball',
    summary:
      'Everything of the workspace that the caller may see as files, as `wmill sync` keeps them; a tar unless it says zip.',
    auth: 'user',
    query: ArchiveQuery,
    reply: { kind: 'custom', status: 200, description: 'The archive.', otherStatuses: [] },
    problems: ['variable.unreadable'],
  },
})
