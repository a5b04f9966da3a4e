import { extname, posix } from 'node:path'
import type { Check, Fault } from './fault.ts'
import { projectFiles, readProjectFile } from './project-files.ts'

const CODE = ['.ts', '.tsx', '.mts', '.mjs', '.js', '.css', '.sql', '.py', '.sh']
const TEXT = [...CODE, '.md', '.json', '.yml', '.yaml', '.html', '.go', '.npmrc', '']

const FORBIDDEN_STEMS = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'types', 'constants'])
const FORBIDDEN_ENDING = /-(manager|service|utils|helpers)$/
/** kebab-case with dotted endings; migrations are `NNNN_noun_change.sql` and judged by their own check. */
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/

interface Phrase {
  readonly pattern: RegExp
  readonly where: readonly string[]
  readonly message: string
}

const PHRASES: readonly Phrase[] = [
  {
    pattern: /(?<![\w./-])\/(home|Users)\/[a-z]\w*|(?<![\w./-])\/root\/\S/,
    where: TEXT,
    message: 'names a path of one machine; make it relative or a setting',
  },
  {
    pattern: /"resolved": "https?:|\bregistry\s*=\s*https?:|\bindex-url\s*=|\bGOPROXY=https?:/,
    where: TEXT,
    message: 'names the host of a package registry; everyone has their own',
  },
  {
    pattern: /\b(FIXME|XXX|HACK)\b|\bTODO\b(?!\(#\d+\))/,
    where: CODE,
    message: 'is a marker without an issue; write TODO(#number) or do it',
  },
]

/** Where a phrase is meant as it stands. */
const MEANT: readonly { readonly file: string; readonly why: string }[] = [
  { file: 'tools/checks/words.ts', why: 'lists what is forbidden' },
  { file: 'tools/checks/words.test.ts', why: 'proves that it is' },
  { file: 'STYLE.md', why: 'explains the markers' },
]

/** File names that say nothing, and text that belongs to one machine or to nobody. */
export const wordsCheck: Check = {
  name: 'words',
  find(root) {
    const files = projectFiles(root).filter((file) => TEXT.includes(extname(file)))
    if (files.length === 0) throw new Error('the check of words sees no file')
    return files.flatMap((file) => [...nameFaults(file), ...phraseFaults(root, file)])
  },
}

function nameFaults(file: string): readonly Fault[] {
  if (!CODE.includes(extname(file)) || isMigration(file)) return []
  const name = posix.basename(file)
  const stem = name.split('.')[0] ?? ''
  if (FORBIDDEN_STEMS.has(stem) || FORBIDDEN_ENDING.test(stem))
    return [{ file, message: `is a name that says nothing; name the file after its one main export` }]
  if (FILE_NAME.test(name)) return []
  return [{ file, message: 'is no kebab-case name' }]
}

function phraseFaults(root: string, file: string): readonly Fault[] {
  if (MEANT.some((meant) => meant.file === file)) return []
  const phrases = PHRASES.filter(({ where }) => where.includes(extname(file)))
  const lines = readProjectFile(root, file).split('\n')
  return lines.flatMap((text, index) =>
    phrases
      .filter(({ pattern }) => pattern.test(text))
      .map(({ pattern, message }) => ({ file, line: index + 1, message: `'${pattern.exec(text)?.[0]}' ${message}` })),
  )
}

function isMigration(file: string): boolean {
  return /\/migrations\/[^/]+\.sql$/.test(file)
}
