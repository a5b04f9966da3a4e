import { coerceArgs } from '../../coerce-args.ts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { readFlow } from '../../flow/read-flow.ts'
import { toTrial } from '../../flow/trial-run.ts'
import { printResult } from '../../output/print-job.ts'
import { readData } from '../../read-data.ts'

export const testFlow = defineCommand({
  words: ['file|folder'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    mock: { value: 'json|@file', help: 'results by step, which does not run: {"a": 42}' },
    fail: { value: 'json|@file', help: 'messages by step, which fails with it: {"b": "no network"}' },
    'keep-time': { help: 'sleeps and pauses before retries take their time' },
    tag: { value: 'tag', help: 'tag of the workers that may run it and its steps' },
    silent: { help: 'do not tell the steps' },
  },
  notes: ['Runs a flow as the file has it, with steps that give or fail as you say, and without waiting.'],
  async run({ terminal, session }, { flags, words: [file = ''], args: given }) {
    const flow = await readFlow(file)
    const args = coerceArgs(flow.schema ?? {}, given, await readData(terminal, flags.data))
    const mocks = new Map(Object.entries(await readData(terminal, flags.mock)))
    const failures = new Map(Object.entries(await readData(terminal, flags.fail)).map(toMessage))
    const value = toTrial(flow.value, { mocks, failures, skipsTime: flags['keep-time'] !== true })
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const body = { value, args, tag: flags.tag }
    const start = (signal: AbortSignal) => client.flowRuns.runFlowPreview({ workspace, query: {}, body }, { signal })
    const job = await followFlow(client, terminal, { workspace, start, isSilent: flags.silent === true })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})

function toMessage([step, message]: [string, unknown]): [string, string] {
  if (typeof message === 'string') return [step, message]
  throw new UsageError(`--fail: the message of the step "${step}" must be a text.`)
}
