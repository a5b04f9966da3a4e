import { ApiError, createClient } from '@millrace/client'
import { defineCommand } from '../command.ts'
import { exit } from '../exit.ts'
import { normalizeUrl } from '../session.ts'

export const logout = defineCommand({
  words: ['[url]'],
  flags: {},
  notes: ['Ends the session at the server and removes it from this machine, also when the server is away.'],
  async run({ terminal, session }, { words }) {
    const url = words[0] === undefined ? await session.url() : normalizeUrl(words[0])
    const credential = (await session.stored()).servers[url]
    if (!credential) {
      terminal.err(`There is no stored sign-in at ${url}.\n`)
      return exit.success
    }
    const failure = await endSession(url, credential.token)
    await session.store(url, undefined)
    terminal.err(failure ? `Signed out here; the server was not told: ${failure}\n` : `Signed out at ${url}.\n`)
    return exit.success
  },
})

/** Why the server could not end the session; a token it no longer knows is ended. */
async function endSession(url: string, token: string): Promise<string | undefined> {
  try {
    await createClient({ baseUrl: url, token, timeoutMs: 10_000 }).auth.logout()
    return undefined
  } catch (error) {
    if (!ApiError.is(error)) throw error
    return error.status === 401 ? undefined : error.message
  }
}
