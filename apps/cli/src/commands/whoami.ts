import { defineCommand } from '../command.ts'
import { exit } from '../exit.ts'
import { printJson } from '../output/print-job.ts'

export const whoami = defineCommand({
  words: [],
  flags: {},
  async run({ terminal, session, wantsJson }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const [url, user] = await Promise.all([session.url(), client.auth.whoami({ workspace })])
    const { email, username, is_admin: isAdmin } = user
    if (wantsJson) printJson(terminal, { url, email, workspace, username, is_admin: isAdmin })
    else
      terminal.out(
        `${email} at ${url}\nu/${username} in the workspace ${workspace}${isAdmin ? ', an administrator' : ''}\n`,
      )
    return exit.success
  },
})
