import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Client } from '@millrace/client'
import type { Language } from '@millrace/contracts'
import { UsageError } from './exit.ts'

/** A file with a script in it. */
export interface SourceFile {
  readonly content: string
  /** Id of the language. */
  readonly language: string
  /** File name without the language's extension. */
  readonly name: string
}

/** Reads a file and asks the server which language its extension stands for; `language` decides instead when given. */
export async function readSourceFile(client: Client, path: string, language?: string): Promise<SourceFile> {
  if (!(await isFile(path))) throw new UsageError(`There is no file ${path}.`)
  const languages = await client.instance.listLanguages()
  const found = language === undefined ? findByExtension(languages, path) : findById(languages, language)
  const extension = `.${plainExtension(found)}`
  const base = basename(path)
  const name = base.endsWith(extension) ? base.slice(0, -extension.length) : base.replace(/\.[^.]*$/, '')
  return { content: await readFile(path, 'utf8'), language: found.id, name }
}

export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/** The longest extension that fits, so that a language may own an ending of another's (`.x.ts` beside `.ts`). */
export function matchExtension(
  languages: readonly Language[],
  path: string,
): { readonly language: Language; readonly extension: string } | undefined {
  const fitting = languages
    .flatMap((language) => extensionsOf(language).map((extension) => ({ language, extension })))
    .filter(({ extension }) => path.endsWith(extension))
  return fitting.sort((a, b) => b.extension.length - a.extension.length)[0]
}

function findByExtension(languages: readonly Language[], path: string): Language {
  const found = matchExtension(languages, path)
  if (found) return found.language
  const known = languages.map((language) => `.${plainExtension(language)} (${language.label})`).join(', ')
  throw new UsageError(
    `The ending of ${basename(path)} belongs to no language of this server: ${known}. Or say it by --language.`,
  )
}

function findById(languages: readonly Language[], id: string): Language {
  const found = languages.find((language) => language.id === id || language.aliases.includes(id))
  if (found) return found
  throw new UsageError(
    `"${id}" is not a language of this server: ${languages.map((language) => language.id).join(', ')}.`,
  )
}

/** Its own, and those among its aliases, with their dot. */
function extensionsOf(language: Language): string[] {
  return [`.${plainExtension(language)}`, ...language.aliases.filter((alias) => alias.startsWith('.'))]
}

function plainExtension(language: Language): string {
  return language.extension.replace(/^\./, '')
}
