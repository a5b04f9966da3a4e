import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomUUID } from 'node:crypto'
import type { ProcessRuntime } from '@millrace/runtimes'

/** Copies a runtime's wrapper files to where every job can read them, by content; returns the folder. */
export async function publishRuntimeFiles(runtime: ProcessRuntime, folder: string): Promise<string> {
  const source = fileURLToPath(runtime.files)
  const names = (await readdir(source)).sort()
  const hash = createHash('sha256')
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(source, name)))
  const target = join(folder, `${runtime.id}-${hash.digest('hex').slice(0, 16)}`)
  if (await stat(target).catch(() => undefined)) return target
  const making = `${target}.${randomUUID()}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  for (const name of names) await copyFile(join(source, name), join(making, name))
  try {
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    if (!(await stat(target).catch(() => undefined))) throw error
  }
  return target
}
