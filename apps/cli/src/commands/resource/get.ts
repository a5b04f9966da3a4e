import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'

export const getResource = defineCommand({
  words: ['path'],
  flags: { resolved: { help: 'put values in the place of $var: and $res: references' } },
  async run({ terminal, session, wantsJson }, { flags, words: [path = ''] }) {
    const { resources } = await session.signedInClient()
    const at = { workspace: await session.workspace(), path }
    if (flags.resolved) printJson(terminal, await resources.getResourceValueInterpolated(at))
    else if (wantsJson) printJson(terminal, await resources.getResource(at))
    else printJson(terminal, await resources.getResourceValue(at))
    return exit.success
  },
})
