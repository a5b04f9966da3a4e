import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK_BYTES = 512
/** What a file costs that has no blocks: its entry, so that many empty files count as well. */
const ENTRY_BYTES = 256

/** Bytes on the disk below folders; stops counting past `boundBytes`. What goes away meanwhile, or is closed to us, counts nothing. */
export async function measureFolders(folders: readonly string[], boundBytes: number): Promise<number> {
  return (await measureContents(folders, boundBytes)).bytes
}

/** The same, and how many files there are, folders not counted. */
export async function measureContents(
  folders: readonly string[],
  boundBytes: number,
): Promise<{ readonly bytes: number; readonly files: number }> {
  let [bytes, files] = [0, 0]
  const open = [...folders]
  for (let folder = open.pop(); folder !== undefined && bytes <= boundBytes; folder = open.pop()) {
    for (const found of await list(folder)) {
      bytes += found.bytes
      if (found.folder === undefined) files++
      else open.push(found.folder)
    }
  }
  return { bytes, files }
}

async function list(folder: string): Promise<readonly { readonly bytes: number; readonly folder?: string }[]> {
  const found: Promise<{ bytes: number; folder?: string }>[] = []
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) found.push(Promise.resolve({ bytes: ENTRY_BYTES, folder: path }))
      else found.push(sizeOf(path))
    }
  } catch {
    // It went away, or the job closed it to us, as a server that is not root finds.
  }
  return await Promise.all(found)
}

async function sizeOf(path: string): Promise<{ bytes: number }> {
  try {
    return { bytes: (await lstat(path)).blocks * BLOCK_BYTES + ENTRY_BYTES }
  } catch {
    return { bytes: 0 }
  }
}
