import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const deleteVolume = defineCommand({
  words: ['name'],
  flags: {},
  notes: ['Its files go with it. A job that has it keeps it until it ends; no later one sees them.'],
  async run({ terminal, session }, { words: [name = ''] }) {
    const client = await session.signedInClient()
    await client.volumes.deleteVolume({ workspace: await session.workspace(), name })
    terminal.err(`${name} is removed.\n`)
    return exit.success
  },
})
