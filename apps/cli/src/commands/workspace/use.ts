import { defineCommand } from '../../command.ts'
import { exit, SessionError, UsageError } from '../../exit.ts'

export const useWorkspace = defineCommand({
  words: ['id'],
  flags: {},
  async run({ terminal, session }, { words: [id = ''] }) {
    const url = await session.url()
    const credential = (await session.stored()).servers[url]
    if (!credential)
      throw new SessionError(
        `There is no stored sign-in at ${url}. Run \`millrace login ${url}\`, or set MILLRACE_WORKSPACE.`,
      )
    const client = await session.signedInClient()
    const ids = (await client.workspaces.listWorkspaces()).map((workspace) => workspace.id)
    if (!ids.includes(id))
      throw new UsageError(`You are in no workspace "${id}"; yours are ${ids.join(', ') || 'none'}.`)
    await session.store(url, { ...credential, workspace: id })
    terminal.err(`Commands work in the workspace ${id} from now on.\n`)
    return exit.success
  },
})
