import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the environment says; the only place that reads it. */
export interface Config {
  /** Folder of the stored sign-ins. */
  readonly folder: string
  readonly url: string | undefined
  readonly token: string | undefined
  readonly workspace: string | undefined
  /** Set inside a job: its server, its own token and its workspace. */
  readonly job:
    { readonly url: string; readonly token: string | undefined; readonly workspace: string | undefined } | undefined
  readonly wantsNoColor: boolean
  /** All of it, for commands of the user's that we start. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Reads the configuration; an empty variable counts as absent. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const jobUrl = env['BASE_INTERNAL_URL'] || env['BASE_URL']
  return {
    folder: join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'millrace'),
    url: env['MILLRACE_URL'] || undefined,
    token: env['MILLRACE_TOKEN'] || undefined,
    workspace: env['MILLRACE_WORKSPACE'] || undefined,
    job:
      jobUrl && env['WM_TOKEN']
        ? { url: jobUrl, token: env['WM_TOKEN'], workspace: env['WM_WORKSPACE'] || undefined }
        : undefined,
    wantsNoColor: Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb',
    environment: env,
  }
}
