import { chown, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { invariant } from '@millrace/base/invariant'

/** Writes a job's files, owned as the folder is, so that the job may change what is its own. */
export async function writeJobFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const owner = await stat(folder)
  for (const [name, content] of Object.entries(files)) {
    invariant(
      !name.startsWith('/') && normalize(name) === name && !name.startsWith('..'),
      `a job file stays in its folder: ${name}`,
    )
    const file = join(folder, name)
    if (dirname(name) !== '.') await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content, { mode: 0o644 })
    if (process.getuid?.() === 0) await chown(file, owner.uid, owner.gid)
  }
}

/** A folder inside another, owned alike. */
export async function makeSubfolder(parent: string, name: string): Promise<string> {
  const owner = await stat(parent)
  const folder = join(parent, name)
  await mkdir(folder, { mode: 0o700 })
  if (process.getuid?.() === 0) await chown(folder, owner.uid, owner.gid)
  return folder
}
