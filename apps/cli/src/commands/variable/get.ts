import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'

export const getVariable = defineCommand({
  words: ['path'],
  flags: {},
  async run({ terminal, session, wantsJson }, { words: [path = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    if (wantsJson) printJson(terminal, await client.variables.getVariable({ workspace, path }))
    else terminal.out(`${await client.variables.getVariableValue({ workspace, path })}\n`)
    return exit.success
  },
})
