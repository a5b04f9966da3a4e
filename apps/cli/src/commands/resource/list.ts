import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'
import { readLimit } from '../../read-limit.ts'

export const listResources = defineCommand({
  words: [],
  flags: {
    type: { value: 'name', help: 'only resources of this type' },
    path: { value: 'prefix', help: 'only paths that begin so' },
    limit: { value: 'count', help: 'how many at most; 100 without' },
  },
  async run({ terminal, session, wantsJson }, { flags }) {
    const client = await session.signedInClient()
    const query = {
      per_page: readLimit(flags.limit, 100),
      ...(flags.path !== undefined && { path_start: flags.path }),
      ...(flags.type !== undefined && { resource_type: flags.type }),
    }
    const resources = await client.resources.listResource({ workspace: await session.workspace(), query })
    if (wantsJson) {
      printJson(terminal, resources)
      return exit.success
    }
    const rows = resources.map(({ path, resource_type: type, description }) => [path, type, description])
    terminal.out(formatTable(['path', 'type', 'description'], rows))
    return exit.success
  },
})
