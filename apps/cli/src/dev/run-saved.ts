import { randomUUID } from 'node:crypto'
import type { Client } from '@millrace/client'
import { followUntil } from '../follow-in-terminal.ts'
import { formatDuration, printResult, stateOf } from '../output/print-job.ts'
import type { Terminal } from '../output/terminal.ts'
import type { ScriptFile } from './script-file.ts'
import { untilReached, type Patience } from './until-reached.ts'

/** A script as it was saved, and what it is called with. */
export interface Saved {
  readonly script: ScriptFile
  readonly content: string
  readonly args: Readonly<Record<string, unknown>>
}

export interface RunContext {
  readonly client: Client
  readonly terminal: Terminal
  readonly workspace: string
  /** A newer save, or the end of the command; the job is cancelled. */
  readonly interrupted: AbortSignal
  readonly left: AbortSignal
  readonly patience: Omit<Patience, 'signal'>
}

/** Runs a saved script on the server, log and result as they come. */
export async function runSaved({ script, content, args }: Saved, context: RunContext): Promise<void> {
  const { client, terminal, workspace, interrupted, left, patience } = context
  const { dim, green, red } = terminal.style.err
  let log = ''
  terminal.err(`${dim(`${script.label}: runs with ${shorten(JSON.stringify(args))}`)}\n`)
  const body = { content, language: script.language.id, path: script.path, args }
  // With an id of ours, an attempt after one whose reply was lost enqueues nothing more.
  const query = { job_id: randomUUID() }
  const enqueue = (signal: AbortSignal) => client.jobs.runScriptPreview({ workspace, query, body }, { signal })
  const start = (signal: AbortSignal) => untilReached(() => enqueue(signal), { ...patience, signal: interrupted })
  const onLog = (text: string) => {
    log = text
    terminal.err(text)
  }
  const reason = 'a newer save, or the end of millrace dev'
  const job = await followUntil(client, terminal, { workspace, start, onLog, interrupted, left, reason })
  if (job === 'interrupted') return
  if (log !== '' && !log.endsWith('\n')) terminal.err('\n')
  printResult(terminal, job)
  const paint = job.success ? green : red
  terminal.err(
    `${script.label}: ${paint(stateOf(job))} in ${formatDuration(job.duration_ms)} ${dim(`job ${job.id}`)}\n`,
  )
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
