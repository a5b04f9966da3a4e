import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const deleteVariable = defineCommand({
  words: ['path'],
  flags: {},
  async run({ terminal, session }, { words: [path = ''] }) {
    const client = await session.signedInClient()
    await client.variables.deleteVariable({ workspace: await session.workspace(), path })
    terminal.err(`${path} is deleted.\n`)
    return exit.success
  },
})
