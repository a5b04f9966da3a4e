import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessRuntime } from '@millrace/runtimes'

/** Copies a runtime's wrapper files to where every job can read them, by content; returns the folder. */
export async function publishRuntimeFiles(runtime: ProcessRuntime, folder: string): Promise<string> {
  return await publishFolders(runtime.id, { '': runtime.files }, folder)
}

/** A file that is published. */
export interface PublishedFile {
  readonly name: string
  readonly content: Buffer
}

/** The same with several folders, each by its place in the published one, and each file as `publish` says. */
export async function publishFolders(
  id: string,
  sources: Readonly<Record<string, URL>>,
  folder: string,
  publish: (file: PublishedFile) => PublishedFile = (file) => file,
): Promise<string> {
  const files: PublishedFile[] = []
  const hash = createHash('sha256')
  for (const [place, url] of Object.entries(sources)) {
    const source = fileURLToPath(url)
    for (const found of (await readdir(source)).sort()) {
      const { name, content } = publish({ name: found, content: await readFile(join(source, found)) })
      const file = { name: join(place, name), content }
      hash.update(`${file.name}\0`).update(content)
      files.push(file)
    }
  }
  const target = join(folder, `${id}-${hash.digest('hex').slice(0, 16)}`)
  if (await stat(target).catch(() => undefined)) return target
  const making = `${target}.${randomUUID()}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  for (const place of Object.keys(sources)) await mkdir(join(making, place), { recursive: true, mode: 0o755 })
  for (const { name, content } of files) await writeFile(join(making, name), content, { mode: 0o644 })
  try {
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    if (!(await stat(target).catch(() => undefined))) throw error
  }
  return target
}
