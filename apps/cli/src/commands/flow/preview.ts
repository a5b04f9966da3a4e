import { coerceArgs } from '../../coerce-args.ts'
import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { flowPathOf, readFlow } from '../../flow/read-flow.ts'
import { printResult } from '../../output/print-job.ts'
import { readData } from '../../read-data.ts'

export const previewFlow = defineCommand({
  words: ['file|folder'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    tag: { value: 'tag', help: 'tag of the workers that may run it and its steps' },
    silent: { help: 'do not tell the steps' },
  },
  notes: ['Runs a flow as the file has it, without deploying it. Arguments are flags named as in its schema.'],
  async run({ terminal, session }, { flags, words: [file = ''], args: given }) {
    const flow = await readFlow(file)
    const args = coerceArgs(flow.schema ?? {}, given, await readData(terminal, flags.data))
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const body = { value: flow.value, path: flowPathOf(file), args, tag: flags.tag }
    const start = (signal: AbortSignal) => client.flowRuns.runFlowPreview({ workspace, query: {}, body }, { signal })
    const job = await followFlow(client, terminal, { workspace, start, isSilent: flags.silent === true })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})
