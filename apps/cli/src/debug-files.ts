import type { FormSchema, Job, LocalRun } from '@millrace/contracts'

/** A job's inputs, as they are needed to run it by hand. */
export interface DebugInput {
  readonly job: Job
  readonly content: string
  readonly local: LocalRun
  readonly schema: FormSchema
  /** Of the server, for scripts that call it. */
  readonly url: string
}

/** What stands in the folder, by name, and how it is run there. */
export interface DebugRun {
  readonly files: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  readonly argv: readonly string[]
}

/** Lays a job out as its language asks: the script, its arguments by name, the names in order, and what runs it. */
export function layOutDebugRun({ job, content, local, schema, url }: DebugInput): DebugRun {
  const args = readArgs(job.args)
  const parameters = schema.order ?? Object.keys(schema.properties ?? {})
  return {
    files: {
      ...local.files,
      [local.script]: content,
      'args.json': `${JSON.stringify(args, undefined, 2)}\n`,
      'parameters.json': `${JSON.stringify(parameters)}\n`,
    },
    env: environmentOf(job, url),
    argv: local.takes_words ? [...local.argv, ...toWords(args, parameters)] : local.argv,
  }
}

/** `cd folder && NAME=value … program words`, for a POSIX shell. */
export function formatDebugCommand(folder: string, { env, argv }: DebugRun): string {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`)
  return `cd ${quote(folder)} && ${[...assignments, ...argv.map(quote)].join(' ')}`
}

/** The variables of the job that are no secret; its token died with it, and one of one's own is added by hand. */
function environmentOf(job: Job, url: string): Record<string, string> {
  const statePath = `${job.permissioned_as}/${job.script_path?.replaceAll('/', '_') || 'preview'}_state`
  return {
    WM_WORKSPACE: job.workspace_id,
    WM_JOB_ID: job.id,
    WM_JOB_PATH: job.script_path ?? '',
    WM_EMAIL: job.email,
    WM_USERNAME: job.created_by,
    WM_PERMISSIONED_AS: job.permissioned_as,
    WM_STATE_PATH: statePath,
    WM_STATE_PATH_NEW: statePath,
    WM_BASE_URL: url,
    BASE_URL: url,
    BASE_INTERNAL_URL: url,
  }
}

/** Texts as they are, everything else as JSON; those after the last given one are left out. */
function toWords(args: Readonly<Record<string, unknown>>, parameters: readonly string[]): string[] {
  const last = parameters.findLastIndex((name) => args[name] !== undefined && args[name] !== null)
  return parameters.slice(0, last + 1).map((name) => {
    const value = args[name] ?? ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

function readArgs(args: unknown): Record<string, unknown> {
  return typeof args === 'object' && args !== null && !Array.isArray(args) ? { ...args } : {}
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
