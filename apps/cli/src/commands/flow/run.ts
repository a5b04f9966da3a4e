import { coerceArgs } from '../../coerce-args.ts'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { printResult } from '../../output/print-job.ts'
import { readData } from '../../read-data.ts'

export const runFlow = defineCommand({
  words: ['path'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    tag: { value: 'tag', help: 'tag of the workers that may run it and its steps' },
    silent: { help: 'do not tell the steps' },
  },
  notes: [
    'Arguments are flags named as in the flow: --name World, --count 3; those after -- are for the flow even if millrace knows them.',
    'Steps are told on standard error, the result as JSON on standard output. Ctrl-C cancels the run.',
  ],
  async run({ terminal, session }, { flags, words: [path = ''], args: given }) {
    const base = await readData(terminal, flags.data)
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const { schema } = await client.flows.getFlowByPath({ workspace, path, query: {} })
    const body = coerceArgs(schema ?? {}, given, base)
    const query = flags.tag === undefined ? {} : { tag: flags.tag }
    const start = (signal: AbortSignal) => client.flowRuns.runFlowByPath({ workspace, path, query, body }, { signal })
    const job = await followFlow(client, terminal, { workspace, start, isSilent: flags.silent === true })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})
