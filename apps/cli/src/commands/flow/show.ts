import { stringify } from 'yaml'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'

export const showFlow = defineCommand({
  words: ['path'],
  flags: { version: { value: 'number', help: 'another version than the newest one' } },
  notes: ['Prints it as `flow push` reads it, or with --json as the server has it.'],
  async run({ terminal, session, wantsJson }, { flags, words: [path = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const flow =
      flags.version === undefined
        ? await client.flows.getFlowByPath({ workspace, path, query: {} })
        : await client.flows.getFlowVersion({ workspace, version: Number(flags.version) })
    if (wantsJson) printJson(terminal, flow)
    else {
      const { summary, description, value, schema } = flow
      const archived = flow.archived ? ', archived' : ''
      terminal.err(`${flow.path}, version ${flow.version_id} by ${flow.edited_by} at ${flow.edited_at}${archived}\n`)
      terminal.out(stringify({ summary, ...(description && { description }), value, schema }, { lineWidth: 0 }))
    }
    return exit.success
  },
})
