import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const deleteResource = defineCommand({
  words: ['path'],
  flags: {},
  async run({ terminal, session }, { words: [path = ''] }) {
    const client = await session.signedInClient()
    await client.resources.deleteResource({ workspace: await session.workspace(), path })
    terminal.err(`${path} is deleted.\n`)
    return exit.success
  },
})
