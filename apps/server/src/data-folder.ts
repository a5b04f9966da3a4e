import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Another live process owns the folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse'
}

/**
 * Makes the data folder ours alone: a lock file names the process and when it began, so that neither a crash nor a number
 * that was given to another process since keeps the next start out. Returns how to give it back.
 */
export async function lockDataFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const file = join(folder, 'millrace.lock')
  const mine = JSON.stringify({ pid: process.pid, began: await beganAt(process.pid) })
  for (;;) {
    try {
      const handle = await open(file, 'wx', 0o644)
      await handle.writeFile(mine)
      await handle.close()
      return async () => {
        if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true })
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      await clearStale(file, folder)
    }
  }
}

async function clearStale(file: string, folder: string): Promise<void> {
  const holder = parse(await readFile(file, 'utf8').catch(() => ''))
  if (holder && (await beganAt(holder.pid)) === holder.began)
    throw new DataFolderInUse(
      `Another Millrace (process ${holder.pid}) runs on ${folder}: stop it, or set MILLRACE_DATA_DIR to another folder.`,
    )
  await rm(file, { force: true })
}

function parse(content: string): { pid: number; began: string } | undefined {
  try {
    const value: unknown = JSON.parse(content)
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('began' in value)) return undefined
    return { pid: Number(value.pid), began: String(value.began) }
  } catch {
    // A lock that was cut short by a crash says nothing: it is stale.
    return undefined
  }
}

/** When a process began: from /proc where there is one, else whether it lives at all. */
async function beganAt(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (line !== undefined) return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
  if (await stat('/proc/self').catch(() => undefined)) return 'gone'
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return 'gone'
  }
}
