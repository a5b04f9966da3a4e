import { ScriptOptions } from '@millrace/contracts'
import type { ScriptRow } from '@millrace/db/tables/script'
import { allRuntimes, findRuntime } from '@millrace/runtimes'
import { jsonFile, onlySet, type ArchiveFile } from './archive-file.ts'

const ENDING = '.ts'

/** A script as its source and what is said of it; the ending of the source is its language. */
export function scriptFiles(row: ScriptRow, defaultTs: string | undefined): readonly [ArchiveFile, ArchiveFile] {
  const { is_template: _template, assets: _assets, labels, ...options } = ScriptOptions.parse(row.options)
  const { path, summary, description, schema, lock, kind, tag, timeout_s: timeout } = row
  return [
    { name: `${path}${endingOf(row.language, defaultTs)}`, content: row.content },
    jsonFile(`${path}.script.json`, {
      summary,
      description,
      ...onlySet({ schema }),
      lock,
      kind,
      ...onlySet({ tag, timeout, ...options }),
      ...(row.has_preprocessor && { has_preprocessor: true }),
      ...(labels?.length && { labels }),
    }),
  ]
}

/** Which language `.ts` means is up to who asks; the others of that ending are named before it. */
function endingOf(language: string, asked: string | undefined): string {
  const defaultTs = asked ?? allRuntimes.find(({ info }) => info.extension === ENDING)?.id
  if (language === defaultTs) return ENDING
  const ending = findRuntime(language)?.info.extension.toLowerCase() ?? `.${language}`
  return ending === ENDING ? `.${language}${ENDING}` : ending
}
