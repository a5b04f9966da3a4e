import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** PostgreSQL refuses to run as root: whom it runs as instead; `spawn` is empty when we are not root. */
export interface ServerUser {
  readonly name: string
  readonly spawn: { readonly uid?: number; readonly gid?: number }
}

/** The owner of an existing data folder, else `postgres`, else `nobody`; ourselves when we are not root. */
export async function findServerUser(folder: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { name: 'self', spawn: {} }
  const existing = await stat(join(folder, 'data')).catch(() => undefined)
  if (existing && existing.uid !== 0)
    return { name: String(existing.uid), spawn: { uid: existing.uid, gid: existing.gid } }
  for (const name of ['postgres', 'nobody']) {
    const user = await lookUp(name)
    if (user) return user
  }
  throw new Error(
    'Running as root needs a user "postgres" or "nobody" to run PostgreSQL as: add one with `useradd --system postgres`.',
  )
}

/** Whether a user can reach a path: every folder above must let it through. */
export async function isReachableBy(path: string, user: ServerUser): Promise<boolean> {
  const { uid, gid } = user.spawn
  if (uid === undefined) return true
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = await stat(folder)
    if ((mode & executeBit({ isOwner: owner === uid, isGroup: group === gid })) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function executeBit(who: { readonly isOwner: boolean; readonly isGroup: boolean }): number {
  if (who.isOwner) return 0o100
  return who.isGroup ? 0o010 : 0o001
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  try {
    const run = promisify(execFile)
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { name, spawn: { uid: Number(uid.stdout), gid: Number(gid.stdout) } }
  } catch {
    // No such user; the next name is tried.
    return undefined
  }
}
