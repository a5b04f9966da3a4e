import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { copyFile, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const NAMES = ['Wrapper.java', 'Json.java', 'Arguments.java', 'Compile.java']
/** A script that each process runs before its job: what it loads is loaded then. */
const WARM = new URL('./warm/Main.java', import.meta.url)
const OPTIONS = ['-nowarn', '-encoding', 'UTF-8', '-XDstringConcat=inline']
const TIMEOUT_MS = 120_000
const run = promisify(execFile)

/** Compiles our part of a job once for each JDK and content; the answer is the folder of its classes. */
export async function compileWrapper(root: string, folder: string): Promise<string> {
  const paths = NAMES.map((name) => fileURLToPath(new URL(`./files/${name}`, import.meta.url)))
  const hash = createHash('sha256').update([root, ...OPTIONS].join(' '))
  for (const path of [...paths, WARM]) hash.update(await readFile(path))
  const target = join(folder, hash.digest('hex').slice(0, 12))
  if (await lstat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  const options = { cwd: making, timeout: TIMEOUT_MS }
  await copyFile(WARM, join(making, 'Main.java'))
  await run(join(root, 'bin', 'javac'), [...OPTIONS, '-d', making, ...paths], options)
  await run(join(root, 'bin', 'java'), ['-cp', making, 'millrace.Compile', join(making, 'packages')], options)
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!(await lstat(target).catch(() => undefined))) throw error
  })
  return target
}
