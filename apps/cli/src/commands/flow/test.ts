import type { FlowValue } from '@millrace/contracts'
import { coerceArgs } from '../../coerce-args.ts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError, type ExitCode } from '../../exit.ts'
import { runChaos, verdictText, type ChaosRun, type StepVerdict } from '../../flow/chaos.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { flowUntil, schemaAlone, stepAlone } from '../../flow/part-of-flow.ts'
import { readFlow } from '../../flow/read-flow.ts'
import { toTrial } from '../../flow/trial-run.ts'
import { printResult } from '../../output/print-job.ts'
import type { Terminal } from '../../output/terminal.ts'
import { readData } from '../../read-data.ts'

export const testFlow = defineCommand({
  words: ['file|folder'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    mock: { value: 'json|@file', help: 'results by step, which does not run: {"a": 42}' },
    fail: { value: 'json|@file', help: 'messages by step, which fails with it: {"b": "no network"}' },
    until: { value: 'step', help: 'the step that is the last one to run' },
    step: { value: 'step', help: 'that step alone; the arguments are its inputs' },
    chaos: { help: 'end the run behind each step, go on from there, run each step twice, and tell which ones mind' },
    'keep-time': { help: 'sleeps and pauses before retries take their time' },
    tag: { value: 'tag', help: 'tag of the workers that may run it and its steps' },
    silent: { help: 'do not tell the steps' },
  },
  notes: ['Runs a flow as the file has it, with steps that give or fail as you say, and without waiting.'],
  async run({ terminal, session, wantsJson }, { flags, words: [file = ''], args: given }) {
    const flow = await readFlow(file)
    const schema = flow.schema ?? {}
    const own = flags.step === undefined ? schema : schemaAlone(flow.value, flags.step, schema)
    const args = coerceArgs(own, given, await readData(terminal, flags.data))
    const mocks = new Map(Object.entries(await readData(terminal, flags.mock)))
    const failures = new Map(Object.entries(await readData(terminal, flags.fail)).map(toMessage))
    const trial = toTrial(flow.value, { mocks, failures, skipsTime: flags['keep-time'] !== true })
    const value = partOf(trial, flags)
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const run = async ({ value: wanted, from }: ChaosRun, isSilent: boolean) => {
      const restarted = from && { restarted_from: { flow_job_id: from.run, step_id: from.step } }
      const body = { value: wanted, args, tag: flags.tag, ...restarted }
      const start = (signal: AbortSignal) => client.flowRuns.runFlowPreview({ workspace, query: {}, body }, { signal })
      return await followFlow(client, terminal, { workspace, start, isSilent })
    }
    if (flags.chaos === true) {
      const verdicts = runChaos(value, (each) => run(each, true))
      return await tellVerdicts(terminal, verdicts, wantsJson)
    }
    const job = await run({ value, from: undefined }, flags.silent === true)
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})

async function tellVerdicts(
  terminal: Terminal,
  verdicts: AsyncIterable<StepVerdict>,
  wantsJson: boolean,
): Promise<ExitCode> {
  let isGood = true
  for await (const verdict of verdicts) {
    isGood &&= verdict.kind === 'same'
    terminal.out(`${wantsJson ? JSON.stringify(verdict) : verdictText(verdict)}\n`)
  }
  return isGood ? exit.success : exit.jobFailed
}

function partOf(value: FlowValue, { until, step }: { readonly until?: string; readonly step?: string }): FlowValue {
  if (until !== undefined && step !== undefined) throw new UsageError('Give --until or --step, not both.')
  if (step !== undefined) return stepAlone(value, step)
  return until === undefined ? value : flowUntil(value, until)
}

function toMessage([step, message]: [string, unknown]): [string, string] {
  if (typeof message === 'string') return [step, message]
  throw new UsageError(`--fail: the message of the step "${step}" must be a text.`)
}
