import { createHash, randomUUID } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessRuntime } from '@millrace/runtimes'

/** Copies a runtime's wrapper files to where every job can read them, by content; returns the folder. */
export async function publishRuntimeFiles(runtime: ProcessRuntime, folder: string): Promise<string> {
  return await publishFolders(runtime.id, { '': runtime.files }, folder)
}

/** The same with several folders, each by its place in the published one. */
export async function publishFolders(
  id: string,
  sources: Readonly<Record<string, URL>>,
  folder: string,
): Promise<string> {
  const files: { readonly from: string; readonly to: string }[] = []
  const hash = createHash('sha256')
  for (const [place, url] of Object.entries(sources)) {
    const source = fileURLToPath(url)
    for (const name of (await readdir(source)).sort()) {
      const file = { from: join(source, name), to: join(place, name) }
      hash.update(`${file.to}\0`).update(await readFile(file.from))
      files.push(file)
    }
  }
  const target = join(folder, `${id}-${hash.digest('hex').slice(0, 16)}`)
  if (await stat(target).catch(() => undefined)) return target
  const making = `${target}.${randomUUID()}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  for (const place of Object.keys(sources)) await mkdir(join(making, place), { recursive: true, mode: 0o755 })
  for (const { from, to } of files) await copyFile(from, join(making, to))
  try {
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    if (!(await stat(target).catch(() => undefined))) throw error
  }
  return target
}
