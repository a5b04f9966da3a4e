import type { Client } from '@millrace/client'
import type { CompletedJob, JobUpdate } from '@millrace/contracts'
import { followInTerminal } from '../follow-in-terminal.ts'
import type { Terminal } from '../output/terminal.ts'
import { StepTeller } from './tell-steps.ts'

/** Starts a run of a flow and follows it to its end; tells the steps on standard error unless it is silent. */
export async function followFlow(
  client: Client,
  terminal: Terminal,
  run: {
    readonly workspace: string
    readonly isSilent: boolean
    readonly start: (signal: AbortSignal) => Promise<string>
  },
): Promise<CompletedJob | 'interrupted'> {
  const { workspace, isSilent, start } = run
  const teller = new StepTeller((line) => (isSilent ? undefined : terminal.err(line)))
  const onUpdate = (update: JobUpdate) => update.flow_status && teller.update(update.flow_status)
  const onLog = (text: string) => (isSilent ? undefined : terminal.err(text))
  return await followInTerminal(client, terminal, { workspace, start, onLog, onUpdate })
}
