import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'

export const listVolumes = defineCommand({
  words: [],
  flags: {},
  async run({ terminal, session, wantsJson }) {
    const client = await session.signedInClient()
    const volumes = await client.volumes.listVolumes({ workspace: await session.workspace() })
    if (wantsJson) {
      printJson(terminal, volumes)
      return exit.success
    }
    const rows = volumes.map((volume) => [
      volume.name,
      formatBytes(volume.size_bytes),
      String(volume.file_count),
      volume.last_used_at?.slice(0, 16).replace('T', ' ') ?? 'never',
      volume.created_by,
    ])
    terminal.out(formatTable(['name', 'size', 'files', 'last used', 'made by'], rows))
    return exit.success
  },
})

function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
