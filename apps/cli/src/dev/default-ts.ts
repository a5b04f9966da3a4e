import { dirname, join } from 'node:path'
import type { Language } from '@millrace/contracts'
import { parse } from 'yaml'
import { SessionError } from '../exit.ts'
import { readIfThere } from './metadata-file.ts'

const ENDING = '.ts'

/** The languages as a checkout means them: `defaultTs` of its `wmill.yaml` says which one plain `.ts` files are in. */
export async function applyDefaultTs(languages: readonly Language[], folder: string): Promise<readonly Language[]> {
  const id = await readDefaultTs(folder)
  if (!languages.some((language) => language.id === id)) return languages
  return languages.map((language) => {
    if (language.id === id)
      return { ...language, extension: ENDING, aliases: [...language.aliases, language.extension] }
    return language.extension === ENDING ? { ...language, extension: `.${language.id}${ENDING}` } : language
  })
}

/** From the folder itself or the nearest one above it. */
async function readDefaultTs(folder: string): Promise<string | undefined> {
  const file = join(folder, 'wmill.yaml')
  // A folder above that is not ours to read is none of the checkout's.
  const text = await readIfThere(file).catch(() => undefined)
  if (text === undefined) return dirname(folder) === folder ? undefined : readDefaultTs(dirname(folder))
  try {
    const settings: unknown = parse(text)
    const given = typeof settings === 'object' && settings !== null && 'defaultTs' in settings && settings.defaultTs
    return typeof given === 'string' ? given : undefined
  } catch (error) {
    throw new SessionError(`${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  }
}
