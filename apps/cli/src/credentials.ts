import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SessionError } from './exit.ts'

/** A sign-in at one server. */
export interface Credential {
  readonly token: string
  readonly email: string
  readonly workspace?: string | undefined
}

/** The stored sign-ins by the server's address, and the server that commands go to. */
export interface Credentials {
  readonly current?: string | undefined
  readonly servers: Readonly<Record<string, Credential>>
}

/** Reads the stored sign-ins; none when there is no file. Refuses a file that other users could read or have written. */
export async function readCredentials(folder: string): Promise<Credentials> {
  const path = pathIn(folder)
  const file = await openOrNothing(path)
  if (!file) return { servers: {} }
  try {
    const { mode, uid } = await file.stat()
    const own = process.getuid?.()
    if (own !== undefined && uid !== own)
      throw new SessionError(`${path} belongs to another user and is not read. Remove it and run \`millrace login\`.`)
    if (own !== undefined && (mode & 0o077) !== 0)
      throw new SessionError(
        `${path} can be read by other users of this machine. Run \`chmod 600 ${path}\`; if they may have read it, also \`millrace logout\` and \`millrace login\`.`,
      )
    return parseCredentials(path, await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

/** Replaces the stored sign-ins in one step: a reader sees the old file or the new one. */
export async function writeCredentials(folder: string, credentials: Credentials): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const temporary = join(folder, `.credentials-${randomUUID()}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(credentials, undefined, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, pathIn(folder))
  } finally {
    await rm(temporary, { force: true })
  }
}

function pathIn(folder: string): string {
  return join(folder, 'credentials.json')
}

async function openOrNothing(path: string) {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT') return undefined
      throw new SessionError(
        `${path} cannot be read (${String(error.code)}). Mend or remove it and run \`millrace login\`.`,
      )
    }
    throw error
  }
}

function parseCredentials(path: string, text: string): Credentials {
  const unreadable = new SessionError(
    `${path} is not what \`millrace login\` writes. Remove it and run \`millrace login\`.`,
  )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unreadable
  }
  if (!isRecord(value) || !isRecord(value['servers'])) throw unreadable
  const servers: Record<string, Credential> = {}
  for (const [url, entry] of Object.entries(value['servers'])) {
    if (!isRecord(entry) || typeof entry['token'] !== 'string') throw unreadable
    const { token, email, workspace } = entry
    servers[url] = {
      token,
      email: typeof email === 'string' ? email : '',
      ...(typeof workspace === 'string' && { workspace }),
    }
  }
  return { servers, ...(typeof value['current'] === 'string' && { current: value['current'] }) }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
