import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'

export const archiveFlow = defineCommand({
  words: ['path'],
  flags: {},
  async run({ terminal, session }, { words: [path = ''] }) {
    const client = await session.signedInClient()
    await client.flows.archiveFlowByPath({ workspace: await session.workspace(), path, body: { archived: true } })
    terminal.err(`${path} is archived; pushing to the path again brings it back.\n`)
    return exit.success
  },
})
