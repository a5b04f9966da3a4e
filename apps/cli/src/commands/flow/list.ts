import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'
import { readLimit } from '../../read-limit.ts'

export const listFlows = defineCommand({
  words: [],
  flags: {
    path: { value: 'prefix', help: 'only paths that begin so' },
    archived: { help: 'archived flows instead' },
    limit: { value: 'count', help: 'how many at most; 100 without' },
  },
  async run({ terminal, session, wantsJson }, { flags }) {
    const client = await session.signedInClient()
    const query = {
      per_page: readLimit(flags.limit, 100),
      ...(flags.path !== undefined && { path_start: flags.path }),
      ...(flags.archived && { show_archived: true }),
    }
    const flows = await client.flows.listFlows({ workspace: await session.workspace(), query })
    if (wantsJson) {
      printJson(terminal, flows)
      return exit.success
    }
    const rows = flows.map((flow) => [
      flow.path,
      String(flow.version_id),
      flow.edited_at.slice(0, 16).replace('T', ' '),
      flow.summary,
    ])
    terminal.out(formatTable(['path', 'version', 'deployed', 'summary'], rows))
    return exit.success
  },
})
