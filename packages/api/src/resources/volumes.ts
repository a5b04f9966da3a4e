import { Problem } from '@millrace/base/problem'
import { volumes as contract, type Volume } from '@millrace/contracts'
import { insertVolume, listVolumes, removeVolume, type VolumeRow } from '@millrace/db/tables/volume'
import { implement } from '../http/implement.ts'

export const volumes = implement(contract, {
  listVolumes: {
    may: 'volume.read',
    run: async (cx) => (await cx.inside((tx) => listVolumes(tx, cx.workspace))).map(toVolume),
  },
  getVolumeStorage: { may: 'volume.read', run: () => null },
  createVolume: {
    may: 'volume.write',
    async run(cx, { body: { name } }) {
      const volume = { name, createdBy: cx.member.username }
      if (await cx.inside((tx) => insertVolume(tx, cx.workspace, volume))) return `${name} is noted`
      throw new Problem('volume.name_taken', `This workspace has a volume "${name}" already: choose another name.`)
    },
  },
  deleteVolume: {
    may: 'volume.write',
    async run(cx, { name }) {
      if (await cx.inside((tx) => removeVolume(tx, cx.workspace, name))) return `${name} is removed`
      throw new Problem('volume.not_found', `There is no volume "${name}" in this workspace: see volumes/list.`)
    },
  },
})

function toVolume(row: VolumeRow): Volume {
  const usedAt = row.used_at?.toISOString() ?? null
  return {
    name: row.name,
    size_bytes: row.bytes,
    file_count: row.files,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
    updated_at: usedAt,
    last_used_at: usedAt,
    last_used_by: row.used_by,
    last_used_worker: row.used_on,
    places: row.places,
    extra_perms: {},
  }
}
