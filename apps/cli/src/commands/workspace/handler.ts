import type { HandlerConfig, HandlerEvent } from '@millrace/contracts'
import { defineCommand, type Command } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import type { Session } from '../../session.ts'
import { readData } from '../../read-data.ts'

const WHEN = { error: 'jobs that fail', success: 'jobs that succeed', recovery: 'successes after failures' } as const

type Setting = Partial<Omit<HandlerConfig, 'path' | 'muted_on_ui_runs'>> & {
  readonly path?: string
  readonly muted_on_ui_runs?: boolean
}

/** Shows, chooses or takes away the script or flow that is told how jobs end. */
export function handlerCommand(event: HandlerEvent): Command {
  return defineCommand({
    words: ['[script/path or flow/path]'],
    flags: {
      data: { value: 'json', help: 'further arguments for it: a JSON object, @file, or @- for standard input' },
      'mute-cancelled': { help: 'do not tell it of cancelled jobs' },
      'mute-user-paths': { help: 'do not tell it of jobs of paths below u/' },
      'mute-ui': { help: 'do not tell it of jobs that people started in the browser' },
      none: { help: 'tell nobody any more' },
      instance: { help: 'of all workspaces: it is one of the workspace admins' },
    },
    notes: [`Without a path it prints what is told of ${WHEN[event]}.`],
    async run({ terminal, session, wantsJson }, { flags, words: [path] }) {
      if (path !== undefined && flags.none) throw new UsageError('Name a handler, or say --none: not both.')
      if (path === undefined && !flags.none) {
        const handler = await load(session, event, flags.instance ?? false)
        if (wantsJson) terminal.out(`${JSON.stringify(handler ?? null)}\n`)
        else terminal.out(`${handler ? describe(handler) : `Nobody is told of ${WHEN[event]}.`}\n`)
        return exit.success
      }
      const setting: Setting =
        path === undefined
          ? {}
          : {
              path,
              ...(flags.data !== undefined && { extra_args: await readData(terminal, flags.data) }),
              muted_on_cancel: flags['mute-cancelled'] ?? false,
              muted_on_user_path: flags['mute-user-paths'] ?? false,
              muted_on_ui_runs: flags['mute-ui'] ?? false,
            }
      terminal.err(`${(await store(session, event, setting, flags.instance ?? false)).trim()}\n`)
      return exit.success
    },
  })
}

async function load(session: Session, event: HandlerEvent, ofInstance: boolean): Promise<HandlerConfig | undefined> {
  const client = await session.signedInClient()
  const settings = ofInstance
    ? await client.handlers.getInstanceHandlers()
    : await client.handlers.getSettings({ workspace: await session.workspace() })
  return settings[`${event}_handler`]
}

async function store(session: Session, event: HandlerEvent, body: Setting, ofInstance: boolean): Promise<string> {
  const { handlers } = await session.signedInClient()
  if (ofInstance) return await handlers.editInstanceHandler({ event, body })
  const call = { workspace: await session.workspace(), body }
  switch (event) {
    case 'error':
      return await handlers.editErrorHandler(call)
    case 'success':
      return await handlers.editSuccessHandler(call)
    case 'recovery':
      return await handlers.editRecoveryHandler(call)
  }
}

function describe(handler: HandlerConfig): string {
  const muted = [
    handler.muted_on_cancel && 'cancelled jobs',
    handler.muted_on_user_path && 'paths below u/',
    handler.muted_on_ui_runs && 'jobs from the browser',
  ].filter((words) => words !== false && words !== undefined)
  const args = handler.extra_args ? [`with ${JSON.stringify(handler.extra_args)}`] : []
  return [handler.path, ...args, ...(muted.length > 0 ? [`not told of ${muted.join(', ')}`] : [])].join('\n  ')
}
