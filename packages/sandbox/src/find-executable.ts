import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'

const FOLDERS = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin']

/** A system program in the usual folders; the search path of whoever started us is not trusted with it. */
export async function findExecutable(name: string): Promise<string | undefined> {
  for (const folder of FOLDERS) {
    const path = join(folder, name)
    try {
      await access(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return undefined
}
