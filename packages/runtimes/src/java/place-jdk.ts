import { createHash } from 'node:crypto'
import { copyFile, lstat, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a JDK needs to run and to compile. */
const PARTS = ['bin', 'conf', 'lib', 'release']
/** Found by their real path, which says where the JDK is. */
const COPIED = /\/(bin\/javac?|libjvm\.so|libjli\.so)$/

/**
 * The folder of a JDK as jobs can be shown it. A JDK of the system keeps its configuration in `/etc`, which jobs do not see:
 * then this is a twin below `folder`, with links to the large files and copies of the configuration.
 */
export async function placeJdk(root: string, folder: string): Promise<string> {
  if (!root.startsWith('/usr/')) return root
  const target = join(folder, createHash('sha256').update(root).digest('hex').slice(0, 12))
  if (await lstat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await rm(making, { recursive: true, force: true })
  for (const part of PARTS) await placeTwin(join(root, part), join(making, part))
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!(await lstat(target).catch(() => undefined))) throw error
  })
  return target
}

async function placeTwin(from: string, to: string): Promise<void> {
  const stat = await lstat(from).catch(() => undefined)
  if (!stat) return
  if (stat.isDirectory()) {
    await mkdir(to, { recursive: true, mode: 0o755 })
    for (const name of await readdir(from)) await placeTwin(join(from, name), join(to, name))
    return
  }
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  const isConfiguration = stat.isSymbolicLink() && (await readlink(from)).startsWith('/etc/')
  if (!isConfiguration && !COPIED.test(from)) return await symlink(from, to)
  // A password for a debugger, say, is nobody's business.
  await copyFile(from, to).catch(() => undefined)
}
