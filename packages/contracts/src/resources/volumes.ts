import { z } from 'zod'
import { resource } from '../route.ts'
import { Text } from '../shapes.ts'

const VolumeName = Text.regex(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  'must be up to 63 letters, digits, ".", "_" and "-", and begin with a letter or a digit',
)

/** A folder of the workspace that stays between runs; sizes are as the last job that had it left them. */
export const Volume = z.object({
  name: z.string(),
  size_bytes: z.number(),
  file_count: z.number(),
  created_at: z.string(),
  created_by: z.string(),
  updated_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  /** The last job that had it. */
  last_used_by: z.string().nullable(),
  /** The worker that ran it; null where that is not kept any more. */
  last_used_worker: z.string().nullable(),
  /** Data folders of workers that have files of it. */
  places: z.number(),
  extra_perms: z.record(z.string(), z.unknown()),
})
export type Volume = z.infer<typeof Volume>

export const volumes = resource({
  listVolumes: {
    method: 'GET',
    path: '/w/:workspace/volumes/list',
    summary: 'Volumes by name, with what they hold and when a job had them last.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.array(Volume) },
  },
  getVolumeStorage: {
    method: 'GET',
    path: '/w/:workspace/volumes/storage',
    summary: 'The storage that volumes are kept in; null, for they are folders of the workers.',
    auth: 'user',
    reply: { kind: 'json', status: 200, schema: z.string().nullable() },
  },
  createVolume: {
    method: 'POST',
    path: '/w/:workspace/volumes/create',
    summary: 'Note a volume before a job has it; a script that asks for one makes it as well.',
    auth: 'user',
    body: { kind: 'json', schema: z.object({ name: VolumeName }) },
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['volume.name_taken'],
  },
  deleteVolume: {
    method: 'DELETE',
    path: '/w/:workspace/volumes/delete/:name',
    summary: 'Remove a volume with its files: no later job sees them; a job that has it keeps it until it ends.',
    auth: 'user',
    params: z.object({ name: VolumeName }),
    reply: { kind: 'text', status: 200, description: 'A confirmation.' },
    problems: ['volume.not_found'],
  },
})
