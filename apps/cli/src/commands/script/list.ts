import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'
import { readLimit } from '../../read-limit.ts'

export const listScripts = defineCommand({
  words: [],
  flags: {
    path: { value: 'prefix', help: 'only paths that begin so' },
    archived: { help: 'archived scripts instead' },
    limit: { value: 'count', help: 'how many at most; 100 without' },
  },
  async run({ terminal, session, wantsJson }, { flags }) {
    const client = await session.signedInClient()
    const query = {
      per_page: readLimit(flags.limit, 100),
      ...(flags.path !== undefined && { path_start: flags.path }),
      ...(flags.archived && { show_archived: true }),
    }
    const scripts = await client.scripts.listScripts({ workspace: await session.workspace(), query })
    if (wantsJson) {
      printJson(terminal, scripts)
      return exit.success
    }
    const rows = scripts.map((script) => [
      script.path,
      script.language,
      script.created_at.slice(0, 16).replace('T', ' '),
      script.summary,
    ])
    terminal.out(formatTable(['path', 'language', 'deployed', 'summary'], rows))
    return exit.success
  },
})
