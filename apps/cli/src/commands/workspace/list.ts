import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { formatTable } from '../../output/table.ts'

export const listWorkspaces = defineCommand({
  words: [],
  flags: {},
  async run({ terminal, session, wantsJson }) {
    const client = await session.signedInClient()
    const { workspaces } = await client.workspaces.listUserWorkspaces()
    if (wantsJson) {
      printJson(terminal, workspaces)
      return exit.success
    }
    const current = (await session.stored()).servers[await session.url()]?.workspace
    const rows = workspaces.map(({ id, name, username }) => [id, name, `u/${username}`, id === current ? 'in use' : ''])
    terminal.out(formatTable(['id', 'name', 'you are', ''], rows))
    return exit.success
  },
})
