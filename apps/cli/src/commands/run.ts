import type { Client } from '@millrace/client'
import { ItemPath, type FormSchema } from '@millrace/contracts'
import { coerceArgs } from '../coerce-args.ts'
import { defineCommand } from '../command.ts'
import { exit, UsageError } from '../exit.ts'
import { followInTerminal } from '../follow-in-terminal.ts'
import { printResult } from '../output/print-job.ts'
import { readData } from '../read-data.ts'
import { isFile, readSourceFile } from '../source-file.ts'

export const run = defineCommand({
  words: ['file|path'],
  isOpen: true,
  flags: {
    data: { value: 'json|@file|@-', help: 'all arguments as a JSON object; flags override' },
    language: { value: 'id', help: 'language of the file, instead of by its ending' },
    tag: { value: 'tag', help: 'tag of the workers that may run it' },
    timeout: { value: 'seconds', help: 'time limit of the job' },
    silent: { help: 'do not show the log' },
  },
  notes: [
    'Arguments are flags named as in the script: --name World, --count 3, --loud or --no-loud,',
    `--options '{"a": 1}', --item a --item b. Those after -- are for the script even if millrace knows them too.`,
    'A file runs as it is and is not deployed; u/… and f/… run what is deployed at that path.',
    'The log goes to standard error, the result as JSON to standard output. Ctrl-C cancels the job.',
  ],
  async run({ terminal, session }, { flags, words, args: given }) {
    const [target = ''] = words
    const { tag, data, language } = flags
    const timeout = readTimeout(flags.timeout)
    const base = await readData(terminal, data)
    const client = await session.signedInClient()
    const workspace = await session.workspace()

    const script = await loadRunnable(client, { workspace, target, language })
    const args = coerceArgs(script.schema, given, base)
    const query = { ...(tag !== undefined && { tag }), ...(timeout !== undefined && { timeout }) }
    const start = (signal: AbortSignal) =>
      script.isDeployed
        ? client.jobs.runScriptByPath({ workspace, path: target, query, body: args }, { signal })
        : client.jobs.runScriptPreview({ workspace, query, body: { ...script.preview, args, tag } }, { signal })

    const onLog = (text: string) => (flags.silent ? undefined : terminal.err(text))
    const job = await followInTerminal(client, terminal, { workspace, start, onLog })
    return job === 'interrupted' ? exit.interrupted : printResult(terminal, job)
  },
})

type Runnable =
  | { readonly isDeployed: true; readonly schema: FormSchema }
  | { readonly isDeployed: false; readonly schema: FormSchema; readonly preview: { content: string; language: string } }

/** A file of this name goes first; otherwise what looks like a path is a deployed script. */
async function loadRunnable(
  client: Client,
  { workspace, target, language }: { workspace: string; target: string; language: string | undefined },
): Promise<Runnable> {
  if (!(await isFile(target)) && ItemPath.safeParse(target).success) {
    const script = await client.scripts.getScriptByPath({ workspace, path: target })
    return { isDeployed: true, schema: script.schema ?? {} }
  }
  const source = await readSourceFile(client, target, language)
  const preview = { content: source.content, language: source.language }
  const signature = await client.scripts.inferSignature({ body: preview })
  if (signature.error) {
    const line = signature.error.line === undefined ? '' : `:${signature.error.line}`
    throw new UsageError(`${target}${line}: ${signature.error.message}`)
  }
  return { isDeployed: false, schema: signature.schema, preview }
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds > 0) return seconds
  throw new UsageError(`--timeout must be a whole number of seconds from 1, not "${text}".`)
}
