import { readFile } from 'node:fs/promises'
import type { FlowChange, FlowFixReply, FlowFixWish } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { followFlow } from '../../flow/follow-flow.ts'
import { parsePlace } from '../../flow/parse-place.ts'
import { printResult } from '../../output/print-job.ts'
import type { Terminal } from '../../output/terminal.ts'
import { readData } from '../../read-data.ts'

export const fixFlow = defineCommand({
  words: ['run'],
  flags: {
    step: { value: 'id', help: 'the step that is changed; the one that failed, unless you say otherwise' },
    code: { value: 'file', help: 'code in place of that of the step' },
    input: {
      value: 'json|@file',
      help: 'inputs of the step: {"n": 1}, or {"n": {"type": "javascript", "expr": "results.a"}}',
    },
    result: { value: 'json', help: 'what the step gives: it does not run' },
    data: { value: 'json|@file|@-', help: 'arguments of the flow in place of those of the same name' },
    from: { value: 'step', help: 'where the run goes on: b, b[2], b[2]/c; where it failed, unless you say otherwise' },
    alike: { help: 'all runs that failed alike go on' },
    reason: { value: 'text', help: 'kept with what was changed' },
    silent: { help: 'do not tell the steps' },
  },
  notes: [
    'Changes a run that failed and runs what is left of it; what ended well is taken over and does not run again.',
    'Without a change it goes on as it is, for example when what it needs is there again.',
  ],
  async run({ terminal, session, wantsJson }, { flags, words: [id = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const isChanged = flags.code !== undefined || flags.input !== undefined || flags.result !== undefined
    const step =
      flags.step ?? (isChanged ? (await client.flowFixes.getFlowFailure({ workspace, id })).step_id : undefined)
    const change = isChanged && (await readChange(terminal, step, flags))
    const body: FlowFixWish = {
      ...(change && { changes: [change] }),
      ...(flags.data !== undefined && { args: await readData(terminal, flags.data) }),
      ...(flags.from !== undefined && { from: parsePlace(flags.from) }),
      ...(flags.alike === true && { alike: true }),
      ...(flags.reason !== undefined && { reason: flags.reason }),
    }
    if (flags.alike === true) {
      const reply = await client.flowFixes.fixFlowRun({ workspace, id, body })
      return tell(terminal, reply, wantsJson)
    }
    const start = async (signal: AbortSignal) => {
      const { continued } = await client.flowFixes.fixFlowRun({ workspace, id, body }, { signal })
      return continued[0]?.continued_by ?? ''
    }
    const job = await followFlow(client, terminal, { workspace, start, isSilent: flags.silent === true })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})

async function readChange(
  terminal: Terminal,
  step: string | undefined,
  flags: { readonly code?: string; readonly input?: string; readonly result?: string },
): Promise<FlowChange> {
  if (step === undefined) throw new UsageError('The run does not say which step failed: name it with --step.')
  const inputs = Object.entries(await readData(terminal, flags.input))
  return {
    step_id: step,
    ...(flags.code !== undefined && { code: await readCode(flags.code) }),
    ...(flags.input !== undefined && {
      inputs: Object.fromEntries(inputs.map(([name, value]) => [name, toInput(value)])),
    }),
    ...(flags.result !== undefined && { result: parseResult(flags.result) }),
  }
}

/** A value stands for itself, unless it says what type of input it is. */
function toInput(value: unknown): NonNullable<FlowChange['inputs']>[string] {
  const isInput = typeof value === 'object' && value !== null && 'type' in value
  if (isInput && value.type === 'javascript') return { ...value, type: 'javascript' }
  if (isInput && value.type === 'static') return { ...value, type: 'static' }
  return { type: 'static', value }
}

async function readCode(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`--code: ${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`)
  }
}

function parseResult(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--result is no JSON: ${error instanceof Error ? error.message : String(error)}.`)
  }
}

function tell(terminal: Terminal, reply: FlowFixReply, wantsJson: boolean) {
  const { continued, refused } = reply
  if (wantsJson) terminal.out(`${JSON.stringify(reply)}\n`)
  else for (const { run, continued_by: by } of continued) terminal.out(`${run} is continued by ${by}\n`)
  for (const { message } of refused) terminal.err(`${message}\n`)
  return refused.length > 0 ? exit.jobFailed : exit.success
}
