import type { Client } from '@millrace/client'
import type { CompletedJob, FlowValue } from '@millrace/contracts'
import { coerceArgs } from '../../coerce-args.ts'
import { defineCommand, type Context } from '../../command.ts'
import { exit, UsageError, type ExitCode } from '../../exit.ts'
import { runChaos } from '../../flow/chaos.ts'
import { CHAOS_TAG, openChaosHouse } from '../../flow/chaos-house.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { flowUntil, schemaAlone, stepAlone } from '../../flow/part-of-flow.ts'
import { readFlow } from '../../flow/read-flow.ts'
import { toTrial } from '../../flow/trial-run.ts'
import { printResult } from '../../output/print-job.ts'
import { printVerdicts } from '../../output/print-verdicts.ts'
import type { Terminal } from '../../output/terminal.ts'
import { readData } from '../../read-data.ts'
import type { Session } from '../../session.ts'

export const testFlow = defineCommand({
  words: ['file|folder'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    mock: { value: 'json|@file', help: 'results by step, which does not run: {"a": 42}' },
    fail: { value: 'json|@file', help: 'messages by step, which fails with it: {"b": "no network"}' },
    until: { value: 'step', help: 'the step that is the last one to run' },
    step: { value: 'step', help: 'that step alone; the arguments are its inputs' },
    chaos: {
      help: 'on a server of its own, kill the worker at the end of each step, and tell which steps mind running twice',
    },
    'keep-time': { help: 'sleeps and pauses before retries take their time' },
    tag: { value: 'tag', help: 'tag of the workers that may run it and its steps' },
    silent: { help: 'do not tell the steps' },
  },
  notes: [
    'Runs a flow as the file has it, with steps that give or fail as you say, and without waiting.',
    '--chaos needs no sign-in: its server is empty and lasts as long as the command. Steps that call scripts of a workspace are to be mocked.',
  ],
  async run({ terminal, session, wantsJson }, { flags, words: [file = ''], args: given }) {
    const flow = await readFlow(file)
    const schema = flow.schema ?? {}
    const own = flags.step === undefined ? schema : schemaAlone(flow.value, flags.step, schema)
    const args = coerceArgs(own, given, await readData(terminal, flags.data))
    const mocks = new Map(Object.entries(await readData(terminal, flags.mock)))
    const failures = new Map(Object.entries(await readData(terminal, flags.fail)).map(toMessage))
    const trial = toTrial(flow.value, {
      mocks,
      failures,
      skipsTime: flags['keep-time'] !== true,
      isAlone: flags.chaos === true,
    })
    const value = partOf(trial, flags)
    const body = { value, args, tag: flags.tag }
    if (flags.chaos === true && flags.tag !== undefined)
      throw new UsageError('Give --chaos or --tag, not both: it has workers of its own.')
    if (flags.chaos === true) return await rehearse({ terminal, wantsJson, environment: session.environment }, body)
    const client = await session.signedInClient()
    const run = { body, workspace: await session.workspace(), isSilent: flags.silent === true }
    const job = await runOnce(client, terminal, run)
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})

interface FlowBody {
  readonly value: FlowValue
  readonly args: Readonly<Record<string, unknown>>
  readonly tag: string | undefined
}

async function runOnce(
  client: Client,
  terminal: Terminal,
  { body, workspace, isSilent }: { readonly body: FlowBody; readonly workspace: string; readonly isSilent: boolean },
): Promise<CompletedJob | 'interrupted'> {
  const start = (signal: AbortSignal) =>
    client.flowRuns.runFlowPreview({ workspace, query: {}, body: { ...body } }, { signal })
  return await followFlow(client, terminal, { workspace, start, isSilent })
}

/** On a server of its own, whose workers are killed. */
async function rehearse(
  { terminal, wantsJson, environment }: Pick<Context, 'terminal' | 'wantsJson'> & Pick<Session, 'environment'>,
  body: FlowBody,
): Promise<ExitCode> {
  const tell = (line: string) => terminal.err(`${terminal.style.err.dim(line)}\n`)
  let isInterrupted = false
  // Between runs as well, so that nothing stays behind.
  const forget = terminal.onInterrupt(() => (isInterrupted = true))
  tell('starts a server of its own')
  const house = await openChaosHouse(environment)
  try {
    const once = { body: { ...body, tag: CHAOS_TAG }, workspace: house.workspace, isSilent: true }
    const run = async () => (isInterrupted ? 'interrupted' : await runOnce(house.client, terminal, once))
    const end = await runChaos({ house, run, tell })
    if (end.kind === 'interrupted') return exit.interrupted
    if (end.kind === 'judged') return printVerdicts(terminal, end.verdicts, wantsJson)
    tell('the flow failed before anything was killed')
    return printResult(terminal, end.job)
  } finally {
    await house.stop()
    forget()
  }
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
