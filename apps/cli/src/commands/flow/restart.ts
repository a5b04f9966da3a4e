import { defineCommand } from '../../command.ts'
import { exit } from '../../exit.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { parsePlace } from '../../flow/parse-place.ts'
import { printResult } from '../../output/print-job.ts'

export const restartFlow = defineCommand({
  words: ['run', 'step'],
  flags: {
    version: { value: 'number', help: 'a version of the flow in place of the one that ran' },
    silent: { help: 'do not tell the steps' },
  },
  notes: [
    'The step is b, b[2] for the second iteration or branch of b, or b[2]/c for a step in that.',
    'What came before it is taken over and does not run again.',
  ],
  async run({ terminal, session }, { flags, words: [id = '', step = ''] }) {
    const version = flags.version === undefined ? {} : { flow_version: Number(flags.version) }
    const body = { ...parsePlace(step), ...version }
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const start = (signal: AbortSignal) =>
      client.flowRuns.restartFlowAtStep({ workspace, id, query: {}, body }, { signal })
    const job = await followFlow(client, terminal, { workspace, start, isSilent: flags.silent === true })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})
