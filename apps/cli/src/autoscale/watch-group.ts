import { sleep } from '@millrace/base/time'
import { ApiError, type Client } from '@millrace/client'
import type { ScaleHint } from '@millrace/contracts'
import { UsageError } from '../exit.ts'
import type { Terminal } from '../output/terminal.ts'
import { decide, nothingYet, type Decision, type Policy } from './decide.ts'
import { runShell } from './run-shell.ts'

const COMMAND_MS_MAX = 600_000

/** What `millrace autoscale` watches and does. */
export interface Watch extends Policy {
  readonly client: Client
  readonly terminal: Terminal
  readonly group: string
  readonly everyMs: number
  readonly isOnce: boolean
  readonly wantsJson: boolean
  /** Command lines; one that is absent is not run. */
  readonly commands: { readonly up: string | undefined; readonly down: string | undefined }
  /** Of the commands, to which what they must know is added. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}

/** Looks at a group's scale hint again and again, and has the user's commands add and remove workers. */
export async function watchGroup(watch: Watch): Promise<void> {
  let memory = nothingYet
  let said = ''
  for (let isFirst = true; !watch.signal.aborted; isFirst = false) {
    const hint = await look(watch, isFirst)
    if (hint) {
      const decision = decide(memory, hint, watch, performance.now())
      const line = describe(watch, hint, decision)
      if (line !== said || decision.action !== 'none') tell(watch, line, hint, decision)
      said = line
      memory = decision.memory
      const command = decision.action === 'none' ? undefined : watch.commands[decision.action]
      if (command !== undefined) {
        await act(watch, hint, command)
        memory = { ...memory, actedAtMs: performance.now() }
      }
    }
    if (watch.isOnce) return
    await sleep(watch.everyMs, watch.signal)
  }
}

/** The group's hint; nothing while the server is away or the group has gone. */
async function look({ client, terminal, group, signal }: Watch, isFirst: boolean): Promise<ScaleHint | undefined> {
  try {
    const hints = await client.lines.getScaleHint({}, { signal })
    const hint = hints.find((each) => each.group === group)
    if (hint) return hint
    const names = hints.map((each) => each.group).join(', ')
    const message = `There is no worker group "${group}" with a worker or a configuration; there is ${names}.`
    if (isFirst) throw new UsageError(message)
    terminal.err(`${message}\n`)
  } catch (error) {
    if (signal.aborted) return undefined
    if (isFirst || !ApiError.is(error) || (error.status >= 400 && error.status < 500)) throw error
    terminal.err(`${error.message} Looking again.\n`)
  }
  return undefined
}

async function act({ terminal, environment, signal }: Watch, hint: ScaleHint, command: string): Promise<void> {
  const env = {
    ...environment,
    MILLRACE_WANTED: String(hint.wanted),
    MILLRACE_CURRENT: String(hint.current),
    MILLRACE_GROUP: hint.group,
  }
  const onText = (text: string) => terminal.err(text)
  const failure = await runShell({ command, env, timeoutMs: COMMAND_MS_MAX, signal, onText })
  if (failure !== undefined && !signal.aborted) terminal.err(terminal.style.err.red(`\`${command}\` ${failure}.\n`))
}

function describe({ commands }: Watch, hint: ScaleHint, { action, reason }: Decision): string {
  const head = `${hint.group}: ${hint.current} of ${hint.wanted} wanted workers, ${reason}`
  if (action === 'none') return head
  return commands[action] === undefined ? `${head}; no --${action} command is given` : `${head}; runs --${action}`
}

function tell({ terminal, wantsJson }: Watch, line: string, hint: ScaleHint, { action, reason }: Decision): void {
  if (!wantsJson) return terminal.err(`${line} (${hint.why})\n`)
  const { group, wanted, current, why } = hint
  terminal.out(`${JSON.stringify({ group, wanted, current, action, reason, why })}\n`)
}
