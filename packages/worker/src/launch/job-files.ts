import { chownSync, mkdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { invariant } from '@millrace/base/invariant'
import type { LaunchContext } from './launch-context.ts'

/**
 * Writes a job's files, owned as the folder is, so that the job may change what is its own. At once: they are few and small, and
 * a turn of the thread pool for each step of each file takes longer than all of it.
 */
export function writeJobFiles(folder: string, files: Readonly<Record<string, string>>): void {
  const owner = statSync(folder)
  const folders = new Set<string>()
  for (const [name, content] of Object.entries(files)) {
    invariant(
      !name.startsWith('/') && normalize(name) === name && !name.startsWith('..'),
      `a job file stays in its folder: ${name}`,
    )
    const file = join(folder, name)
    const parent = dirname(name)
    if (parent !== '.' && !folders.has(parent)) mkdirSync(join(folder, parent), { recursive: true })
    folders.add(parent)
    writeFileSync(file, content, { mode: 0o644 })
    if (process.getuid?.() === 0) chownSync(file, owner.uid, owner.gid)
  }
}

/** Removes a job's folder if it holds no more than these files and their folders, at once; false where it does. */
export function clearJobFolder(folder: string, names: readonly string[]): boolean {
  try {
    const folders = new Set<string>()
    for (const name of names) {
      unlinkSync(join(folder, name))
      for (let parent = dirname(name); parent !== '.'; parent = dirname(parent)) folders.add(parent)
    }
    // A folder's name is longer than that of the one it is in.
    for (const name of [...folders].sort((one, other) => other.length - one.length)) rmdirSync(join(folder, name))
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

/** An empty folder that everybody can enter. */
export async function makeMountPoint({ jobsFolder }: Pick<LaunchContext, 'jobsFolder'>): Promise<string> {
  const folder = join(jobsFolder, 'empty')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  return folder
}
