import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const NAMES = ['Wrapper.cs', 'Channel.cs', 'Json.cs', 'Arguments.cs']
const TIMEOUT_MS = 120_000
const run = promisify(execFile)

/** Compiles our part of a job once for each Mono and content; the answer is the folder of the program. */
export async function compileWrapper(mono: string, compiler: string, folder: string): Promise<string> {
  const paths = NAMES.map((name) => fileURLToPath(new URL(`./files/${name}`, import.meta.url)))
  const hash = createHash('sha256').update(compiler)
  for (const path of paths) hash.update(await readFile(path))
  const target = join(folder, 'wrapper', hash.digest('hex').slice(0, 12))
  if (await lstat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  const options = ['-unsafe', '-optimize', '-r:System.Numerics', `-out:${making}/Wrapper.exe`]
  await run(mono, [compiler, ...options, ...paths], { timeout: TIMEOUT_MS })
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!(await lstat(target).catch(() => undefined))) throw error
  })
  return target
}
