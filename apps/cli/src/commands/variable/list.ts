import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'
import { readLimit } from '../../read-limit.ts'

export const listVariables = defineCommand({
  words: [],
  flags: {
    path: { value: 'prefix', help: 'only paths that begin so' },
    limit: { value: 'count', help: 'how many at most; 100 without' },
  },
  async run({ terminal, session, wantsJson }, { flags }) {
    const client = await session.signedInClient()
    const query = { per_page: readLimit(flags.limit, 100), ...(flags.path !== undefined && { path_start: flags.path }) }
    const variables = await client.variables.listVariable({ workspace: await session.workspace(), query })
    if (wantsJson) {
      printJson(terminal, variables)
      return exit.success
    }
    const rows = variables.map(({ path, value, is_secret: isSecret, description }) => [
      path,
      isSecret ? '(secret)' : ((value ?? '').split('\n')[0]?.slice(0, 60) ?? ''),
      description,
    ])
    terminal.out(formatTable(['path', 'value', 'description'], rows))
    return exit.success
  },
})
