import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const NAMES = ['Wrapper.java', 'Json.java', 'Arguments.java', 'Compile.java']
const TIMEOUT_MS = 120_000
const run = promisify(execFile)

/** Compiles our part of a job once for each JDK and content; the answer is the folder of its classes. */
export async function compileWrapper(root: string, folder: string): Promise<string> {
  const paths = NAMES.map((name) => fileURLToPath(new URL(`./files/${name}`, import.meta.url)))
  const hash = createHash('sha256').update(root)
  for (const path of paths) hash.update(await readFile(path))
  const target = join(folder, hash.digest('hex').slice(0, 12))
  if (await lstat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  await run(join(root, 'bin', 'javac'), ['-nowarn', '-encoding', 'UTF-8', '-d', making, ...paths], {
    timeout: TIMEOUT_MS,
  })
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!(await lstat(target).catch(() => undefined))) throw error
  })
  return target
}
