import { rm } from 'node:fs/promises'
import { isFile } from '../source-file.ts'
import { readIfThere, readMetadata, writeInOneStep } from './metadata-file.ts'
import type { ScriptFile } from './script-file.ts'

/** Writes a lock beside its script, and says in the metadata where it is; an empty one is no file. False when nothing changes. */
export async function writeLock(script: ScriptFile, lock: string): Promise<boolean> {
  const before = await readIfThere(script.lock)
  const named = lock === '' ? '' : inlineLock(script)
  const document = await readMetadata(script)
  const isNamed = document?.get('lock') === named
  if ((before ?? '') === lock && isNamed) return false
  if (lock === '') await rm(script.lock, { force: true })
  else if (before !== lock) await writeInOneStep(script.lock, lock)
  if (document && !isNamed) {
    document.set('lock', named)
    await writeInOneStep(script.metadata, document.toString({ singleQuote: true, lineWidth: 0 }))
  }
  return true
}

/** What metadata says of a lock that is in its file, if there is one. */
export async function nameLock(script: ScriptFile): Promise<string | undefined> {
  if (script.path === undefined) return undefined
  if (await isFile(script.lock)) return inlineLock(script)
  return script.language.locks ? '' : undefined
}

function inlineLock({ path = '' }: ScriptFile): string {
  return `!inline ${path}.script.lock`
}
