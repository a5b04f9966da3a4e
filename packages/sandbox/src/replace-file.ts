import { randomUUID } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Puts a file in a place where another process may read it at this moment: it finds the old content or the new one, whole. Nothing is
 * written where it is there already.
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const wanted = Buffer.from(content)
  const present = await readFile(path).catch(() => undefined)
  if (present?.equals(wanted)) return
  const making = `${path}.${randomUUID()}`
  await writeFile(making, wanted)
  await chmod(making, mode)
  await rename(making, path)
}

/** Copies a file, a link as it is, or a folder with all that is in it, in that way. */
export async function replaceCopy(from: string, to: string): Promise<void> {
  const found = await lstat(from)
  if (found.isDirectory()) {
    await mkdir(to, { recursive: true, mode: 0o755 })
    for (const name of await readdir(from)) await replaceCopy(join(from, name), join(to, name))
  } else if (found.isSymbolicLink()) await replaceLink(to, await readlink(from))
  else if (found.isFile()) await replaceFile(to, await readFile(from), found.mode & 0o777)
}

async function replaceLink(path: string, target: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return
  const making = `${path}.${randomUUID()}`
  await symlink(target, making)
  await rename(making, path)
}
