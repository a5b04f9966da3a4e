import { createClient, type Client } from '@millrace/client'
import { ask } from '../ask.ts'
import { defineCommand } from '../command.ts'
import { exit, UsageError } from '../exit.ts'
import type { Terminal } from '../output/terminal.ts'
import { readStdin } from '../read-data.ts'
import { normalizeUrl } from '../session.ts'

export const login = defineCommand({
  words: ['[url]'],
  flags: {
    email: { value: 'email', help: 'sign in with this address' },
    'password-stdin': { help: 'read the password from standard input' },
    'token-stdin': { help: 'read a token from standard input and store it' },
  },
  notes: ['The sign-in is stored in a file that only you can read. Without flags the terminal asks.'],
  async run({ terminal, session }, { flags, words }) {
    const [given] = words
    const url = given === undefined ? await session.url() : normalizeUrl(given)
    const token = await obtainToken(terminal, url, flags)
    if (token === undefined) return exit.interrupted

    const client = createClient({ baseUrl: url, token })
    const { email } = await client.auth.globalWhoami()
    const workspace = await chooseWorkspace(client, (await session.stored()).servers[url]?.workspace)
    await session.store(url, { token, email, workspace })
    terminal.err(`Signed in at ${url} as ${email}${workspace ? `, workspace ${workspace}` : ''}.\n`)
    return exit.success
  },
})

interface LoginFlags {
  readonly email?: string
  readonly 'password-stdin'?: boolean
  readonly 'token-stdin'?: boolean
}

/** A token from standard input, or in exchange for an address and a password; nothing when the user leaves. */
async function obtainToken(terminal: Terminal, url: string, flags: LoginFlags): Promise<string | undefined> {
  if (flags['token-stdin']) return readSecret(terminal, 'token')
  const isPiped = terminal.stdin.isTTY !== true
  if (isPiped && (!flags.email || !flags['password-stdin']))
    throw new UsageError('There is no terminal to ask on: give --email and --password-stdin, or --token-stdin.')
  const email = flags.email ?? (await ask(terminal, `E-mail address at ${url}: `))
  if (!email) return undefined
  const password = flags['password-stdin']
    ? await readSecret(terminal, 'password')
    : await ask(terminal, 'Password: ', { isHidden: true })
  if (!password) return undefined
  return (await createClient({ baseUrl: url }).auth.login({ body: { email, password } })).trim()
}

/** Without the line break that `echo` adds. */
async function readSecret(terminal: Terminal, what: string): Promise<string> {
  const text = (await readStdin(terminal)).replace(/\r?\n$/, '')
  if (text === '') throw new UsageError(`Standard input is empty; the ${what} is read from there.`)
  return text
}

/** The one chosen before while the user is still in it, else the first. */
async function chooseWorkspace(client: Client, before: string | undefined): Promise<string | undefined> {
  const ids = (await client.workspaces.listWorkspaces()).map(({ id }) => id)
  return ids.find((id) => id === before) ?? ids[0]
}
