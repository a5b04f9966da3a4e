import { ApiError, type Client } from '@millrace/client'
import { ItemPath, ScriptOptions, type Script } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { exit, UsageError } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'
import { readSourceFile } from '../../source-file.ts'
import { awaitLock } from './await-lock.ts'

export const pushScript = defineCommand({
  words: ['file'],
  flags: {
    path: {
      value: 'path',
      help: 'u/<user>/<name> or f/<folder>/<name>; else from the folder of the file, or your own u/…',
    },
    summary: { value: 'text', help: 'one line for the lists' },
    message: { value: 'text', help: 'what this version changes' },
    language: { value: 'id', help: 'language of the file, instead of by its ending' },
  },
  notes: [
    'Creates the script, or a new version of it with the settings of the newest one. Equal content deploys nothing.',
    'Waits until its packages are pinned and shows the log of that; Ctrl-C ends the waiting alone.',
  ],
  async run({ terminal, session, wantsJson }, { flags, words: [file = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const source = await readSourceFile(client, file, flags.language)
    const path = flags.path ?? pathFromFolder(file, source.name) ?? (await ownPath(client, workspace, source.name))
    checkPath(path)

    const before = await findScript(client, workspace, path)
    const hash = await deploy(client, { workspace, path, source, before, flags })
    const isNoop = before?.hash === hash
    const { lock, lock_error_logs: lockError } = await awaitLock(client, terminal, { workspace, hash })
    if (wantsJson) printJson(terminal, { path, hash, changed: !isNoop, lock: lock ?? null, lockError })
    else if (isNoop) terminal.out(`${path} is already at this version: ${hash}\n`)
    else terminal.out(`${path} ${before ? 'has a new version' : 'is created'}: ${hash}\n`)
    if (lockError === undefined) return exit.success
    terminal.err(`millrace: its packages could not be pinned, so the version before goes on to serve:\n${lockError}\n`)
    return exit.jobFailed
  },
})

interface Deployment {
  readonly workspace: string
  readonly path: string
  readonly source: { readonly content: string; readonly language: string }
  readonly before: Script | undefined
  readonly flags: { readonly summary?: string; readonly message?: string }
}

/** The schema is left to the server, which infers it from the content. */
async function deploy(client: Client, { workspace, path, source, before, flags }: Deployment): Promise<string> {
  const body = {
    ...(before && keepSettings(before)),
    path,
    content: source.content,
    language: source.language,
    ...(flags.summary !== undefined && { summary: flags.summary }),
    ...(flags.message !== undefined && { deployment_message: flags.message }),
  }
  return (await client.scripts.createScript({ workspace, query: { skip_if_noop: true }, body })).trim()
}

/** What a new version takes over, apart from what the content decides. */
function keepSettings(before: Script) {
  const { summary, description, kind, tag, timeout } = before
  return {
    ...ScriptOptions.parse(before),
    summary,
    description,
    kind,
    auto_parent: true,
    ...(tag !== undefined && { tag }),
    ...(timeout !== undefined && { timeout }),
  }
}

async function findScript(client: Client, workspace: string, path: string): Promise<Script | undefined> {
  try {
    return await client.scripts.getScriptByPath({ workspace, path })
  } catch (error) {
    if (ApiError.is(error) && error.code === 'script.not_found') return undefined
    throw error
  }
}

/** `…/f/tools/hello.py` lies where a checkout of a workspace keeps `f/tools/hello`. */
function pathFromFolder(file: string, name: string): string | undefined {
  const folders = file.split(/[/\\]/).slice(0, -1)
  const start = folders.findLastIndex((folder) => folder === 'u' || folder === 'f')
  if (start < 0 || start === folders.length - 1) return undefined
  return [...folders.slice(start), name].join('/')
}

async function ownPath(client: Client, workspace: string, name: string): Promise<string> {
  const { username } = await client.auth.whoami({ workspace })
  return `u/${username}/${name.replace(/[^\w.@+-]+/g, '_')}`
}

function checkPath(path: string): void {
  const checked = ItemPath.safeParse(path)
  if (!checked.success)
    throw new UsageError(`The path "${path}" ${checked.error.issues[0]?.message ?? 'is not one of a script'}.`)
}
