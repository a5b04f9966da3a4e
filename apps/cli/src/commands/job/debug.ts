import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Client } from '@millrace/client'
import type { Job } from '@millrace/contracts'
import { defineCommand } from '../../command.ts'
import { formatDebugCommand, layOutDebugRun, type DebugRun } from '../../debug-files.ts'
import { exit, UsageError } from '../../exit.ts'
import { printJson } from '../../output/print-job.ts'

export const debugJob = defineCommand({
  words: ['id'],
  flags: {
    write: { help: 'prepare the folder: the script, its arguments, and what runs it' },
    folder: { value: 'path', help: 'folder to run in; millrace-debug-<id> without' },
  },
  notes: [
    "The command runs the job's exact source and arguments with the language's own interpreter, outside of any sandbox.",
    'Its environment has no secret: a script that calls the server needs WM_TOKEN set to a token of yours, and arguments',
    'such as $res:… and $var:… are references still. Packages are those of this machine.',
  ],
  async run({ terminal, session, wantsJson }, { flags, words: [id = ''] }) {
    const client = await session.signedInClient()
    const workspace = await session.workspace()
    const folder = resolve(flags.folder ?? `millrace-debug-${id.slice(-12)}`)
    const run = await loadDebugRun(client, { workspace, id, url: await session.url() })
    if (flags.write) await prepare(folder, run)
    if (wantsJson) printJson(terminal, { folder, ...run })
    else terminal.out(`${formatDebugCommand(folder, run)}\n`)
    if (!flags.write) terminal.err('The folder is not there yet: --write prepares it.\n')
    return exit.success
  },
})

interface Wish {
  readonly workspace: string
  readonly id: string
  readonly url: string
}

async function loadDebugRun(client: Client, { workspace, id, url }: Wish): Promise<DebugRun> {
  const job = await client.jobs.getJob({ workspace, id, query: { no_logs: true } })
  if (job.type === 'CompletedJob' && job.deleted)
    throw new UsageError(`The arguments of job ${id} are gone: its script deletes them after the run.`)
  const content = await loadContent(client, workspace, job)
  if (content === undefined || job.language === undefined)
    throw new UsageError(`Job ${id} is a ${job.job_kind}; only jobs of scripts can be run here.`)
  const languages = await client.instance.listLanguages()
  const language = languages.find((each) => each.id === job.language)
  if (!language?.local)
    throw new UsageError(
      `A script in ${language?.label ?? job.language} cannot be run by its interpreter alone; \`millrace run\` runs it on the server.`,
    )
  const { schema } = await client.scripts.inferSignature({ body: { language: language.id, content } })
  return layOutDebugRun({ job, content, local: language.local, schema, url })
}

/** The source that the job ran: its own, or that of the version it names. */
async function loadContent(client: Client, workspace: string, job: Job): Promise<string | undefined> {
  if (job.raw_code !== undefined) return job.raw_code
  if (job.script_hash === undefined) return undefined
  return (await client.scripts.getScriptByHash({ workspace, hash: job.script_hash })).content
}

/** A folder that is there may have somebody's changes in it. */
async function prepare(folder: string, { files }: DebugRun): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why = code === 'EEXIST' ? 'is there already' : `cannot be made (${code})`
    throw new UsageError(`${folder} ${why}. Remove it, or name another by --folder.`)
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}
