import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const TIMEOUT_MS = 20_000

/** What a program prints on stdout, trimmed; `undefined` when it cannot be run or fails. */
export async function askProgram(path: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(path, args, { timeout: TIMEOUT_MS, encoding: 'utf8' })
    return stdout.trim()
  } catch {
    return undefined
  }
}

/** Where the search path of this server has a program; it may be a shim. */
export async function findInPath(name: string): Promise<string | undefined> {
  const found = await askProgram('/bin/sh', ['-c', 'command -v "$1"', 'sh', name])
  return found?.startsWith('/') ? found : undefined
}
