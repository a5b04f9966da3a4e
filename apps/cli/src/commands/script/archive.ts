import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const archiveScript = defineCommand({
  words: ['path'],
  flags: {},
  async run({ terminal, session }, { words: [path = ''] }) {
    const client = await session.signedInClient()
    await client.scripts.archiveScriptByPath({ workspace: await session.workspace(), path })
    terminal.err(`${path} is archived; deploying to the path again brings it back.\n`)
    return exit.success
  },
})
