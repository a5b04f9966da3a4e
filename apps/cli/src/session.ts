import { createClient, type Client } from '@millrace/client'
import type { Config } from './config.ts'
import { readCredentials, writeCredentials, type Credential, type Credentials } from './credentials.ts'
import { SessionError, UsageError } from './exit.ts'

const DEFAULT_URL = 'http://localhost:8000'

/** What the global flags say. */
export interface SessionFlags {
  readonly url?: string | undefined
  readonly token?: string | undefined
  readonly workspace?: string | undefined
}

/** Which server, as whom and in which workspace: flags before MILLRACE_… before the job around us before the stored sign-in. */
export class Session {
  readonly #config: Config
  readonly #flags: SessionFlags
  #stored: Promise<Credentials> | undefined

  constructor(config: Config, flags: SessionFlags) {
    this.#config = config
    this.#flags = flags
  }

  /** What commands of the user's are started with. */
  get environment(): Config['environment'] {
    return this.#config.environment
  }

  async url(): Promise<string> {
    const given = this.#flags.url ?? this.#config.url
    if (given !== undefined) return normalizeUrl(given)
    if (this.#config.job) return normalizeUrl(this.#config.job.url)
    return (await this.stored()).current ?? DEFAULT_URL
  }

  /** A client that is signed in as far as a token is known; `anonymous` sends none. */
  async client(options: { anonymous?: boolean } = {}): Promise<Client> {
    const baseUrl = await this.url()
    const token = options.anonymous ? undefined : await this.#findToken(baseUrl)
    return createClient({ baseUrl, token, headers: { 'user-agent': 'millrace-cli' } })
  }

  /** A client for what needs a sign-in; without one says how to sign in before any call is made. */
  async signedInClient(): Promise<Client> {
    const url = await this.url()
    if ((await this.#findToken(url)) === undefined) {
      const login = url === DEFAULT_URL ? 'millrace login' : `millrace login ${url}`
      throw new SessionError(`You are not signed in at ${url}. Run \`${login}\`, or set MILLRACE_TOKEN.`)
    }
    return this.client()
  }

  /** The workspace to work in; asks the server when nothing names one and the caller has only one. */
  async workspace(): Promise<string> {
    const given = this.#flags.workspace ?? this.#config.workspace ?? this.#config.job?.workspace
    if (given !== undefined) return given
    const stored = (await this.stored()).servers[await this.url()]?.workspace
    if (stored !== undefined) return stored
    const client = await this.signedInClient()
    const ids = (await client.workspaces.listWorkspaces()).map(({ id }) => id)
    const [only] = ids
    if (only !== undefined && ids.length === 1) return only
    throw new UsageError(
      only === undefined
        ? 'You are in no workspace yet; ask an administrator to add you.'
        : `Say which workspace, by --workspace or \`millrace workspace use <id>\`: ${ids.join(', ')}.`,
    )
  }

  stored(): Promise<Credentials> {
    this.#stored ??= readCredentials(this.#config.folder)
    return this.#stored
  }

  /** Stores (or with `undefined` forgets) the sign-in at a server; a stored one becomes the server of later commands. */
  async store(url: string, credential: Credential | undefined): Promise<void> {
    const before = await this.stored()
    const servers = Object.fromEntries(Object.entries(before.servers).filter(([key]) => key !== url))
    if (credential) servers[url] = credential
    const current = credential ? url : Object.keys(servers)[0]
    const credentials = { servers, ...(current !== undefined && { current }) }
    await writeCredentials(this.#config.folder, credentials)
    this.#stored = Promise.resolve(credentials)
  }

  /** A job's token is only for the job's own server. */
  async #findToken(url: string): Promise<string | undefined> {
    const given = this.#flags.token ?? this.#config.token
    if (given !== undefined) return given
    const { job } = this.#config
    if (job && normalizeUrl(job.url) === url) return job.token
    return (await this.stored()).servers[url]?.token
  }
}

/** An origin, with a path where the server has one; without the slash or the `/api` at its end. */
export function normalizeUrl(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  if (!URL.canParse(withScheme))
    throw new UsageError(`"${text}" is not the address of a server, such as ${DEFAULT_URL}.`)
  const url = new URL(withScheme)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError(`A server's address begins with http:// or https://, not ${url.protocol}//.`)
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api$/, '')
}
