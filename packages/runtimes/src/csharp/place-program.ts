import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { copyFile, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compileCommand, SOURCE } from './compile.ts'

const NAMES = ['Wrapper.cs', 'Channel.cs', 'Json.cs', 'Arguments.cs']
/** A script that each process runs before its job: what it needs is compiled then. */
const WARM = new URL(`./warm/${SOURCE}`, import.meta.url)
/** What programs read of Mono's settings. */
const SETTINGS = ['config', '4.5/machine.config']
const TIMEOUT_MS = 120_000
const run = promisify(execFile)

/** A Mono as found on a host. */
export interface FoundMono {
  readonly program: string
  readonly compiler: string
  /** The folder that has Mono's settings in `mono`; jobs do not see it. */
  readonly settings: string
}

/**
 * The folder of our part of a job, `Wrapper.exe`, compiled once for each Mono and content, with a copy of Mono's settings
 * beside it in `mono`.
 */
export async function placeProgram(mono: FoundMono, folder: string): Promise<string> {
  const sources = NAMES.map((name) => fileURLToPath(new URL(`./files/${name}`, import.meta.url)))
  const settings = SETTINGS.map((name) => join(mono.settings, 'mono', name))
  const hash = createHash('sha256').update(mono.compiler)
  for (const path of [...sources, ...settings, WARM]) hash.update(await readFile(path))
  const target = join(folder, 'program', hash.digest('hex').slice(0, 12))
  if (await lstat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  for (const name of SETTINGS) await cp(join(mono.settings, 'mono', name), join(making, 'mono', name))
  const options = ['-unsafe', '-optimize', '-r:System.Numerics', `-out:${making}/Wrapper.exe`]
  await run(mono.program, [mono.compiler, ...options, ...sources], { timeout: TIMEOUT_MS })
  await copyFile(WARM, join(making, SOURCE))
  const [shell, ...warm] = compileCommand({
    mono: mono.program,
    compiler: mono.compiler,
    assembly: 'warm.dll',
    libraries: ['System.Core'],
  })
  await run(shell, warm, { cwd: making, timeout: TIMEOUT_MS })
  await rename(making, target).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!(await lstat(target).catch(() => undefined))) throw error
  })
  return target
}
