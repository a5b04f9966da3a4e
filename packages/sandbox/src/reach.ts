import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { processUser } from './uid-leases.ts'

/**
 * The first path, of `path` and the folders above it, that a job's user may not enter or read; `undefined` when it can
 * reach all of it. With a server that is root, jobs have a user of their own, so the bits for others decide.
 */
export async function findBarrier(path: string): Promise<string | undefined> {
  if (processUser() !== 0) return (await canAccess(path)) ? undefined : path
  if (!(await isOpen(path, 0o4))) return path
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    if (!(await isOpen(folder, 0o1))) return folder
  }
  return undefined
}

/** Whether a job's user can reach a host path; with it a runtime skips interpreters in private homes. */
export async function isReachable(path: string): Promise<boolean> {
  return (await findBarrier(path)) === undefined
}

async function isOpen(path: string, bits: number): Promise<boolean> {
  try {
    const { mode } = await stat(path)
    return (mode & bits) === bits
  } catch {
    return false
  }
}

async function canAccess(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
