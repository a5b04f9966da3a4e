import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { demand } from '@millrace/queue/testing/prove'
import { waitUntil } from '@millrace/queue/testing/wait-until'

/** What the files of jobs take. */
export interface Room {
  readonly bytes: number
  readonly files: number
}

const CLEARED_MS_MAX = 30_000

/** What the small files of neighbours that begin and end meanwhile may take. */
const BESIDE: Room = { bytes: 65_536, files: 20 }

/** What there is below the data folder of a worker; a file that goes meanwhile takes nothing. */
export async function measureRoom(folder: string): Promise<Room> {
  const names = await readdir(join(folder, 'jobs'), { recursive: true }).catch(() => [])
  const stats = await Promise.all(names.map((name) => lstat(join(folder, 'jobs', name)).catch(() => undefined)))
  const files = stats.filter((stat) => stat?.isFile() === true)
  return { bytes: files.reduce((sum, stat) => sum + (stat?.size ?? 0), 0), files: files.length }
}

/** Waits until as much is free again as before; gives how long that took, and a fault where it never is. */
export async function awaitRoom(
  what: string,
  folder: string,
  before: Room,
): Promise<{ readonly backMs: number; readonly faults: readonly string[] }> {
  const beganMs = performance.now()
  let after = before
  const isSo = () => after.bytes <= before.bytes + BESIDE.bytes && after.files <= before.files + BESIDE.files
  const isBack = async () => {
    after = await measureRoom(folder)
    return isSo()
  }
  await waitUntil('the disk is as it was', CLEARED_MS_MAX, isBack).catch(() => undefined)
  const left = `${what} left ${after.bytes - before.bytes} bytes in ${after.files - before.files} files`
  return { backMs: performance.now() - beganMs, faults: demand(isSo(), left) }
}
