import { chmod, copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { askProgram } from '../program.ts'

/**
 * Puts a program that came with the server where jobs can reach it, also when the server lives in a private folder. `folder`
 * is what jobs are shown, so nothing else belongs there.
 */
export async function placeProgram(program: string, folder: string, name: string): Promise<void> {
  const path = join(folder, name)
  if ((await askProgram(path, ['--version'])) !== undefined) return
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const temporary = `${path}.${process.pid}`
  await rm(temporary, { force: true })
  try {
    await link(program, temporary)
  } catch {
    await copyFile(program, temporary)
  }
  await chmod(temporary, 0o755)
  await rename(temporary, path)
}
