import { basename, dirname, join, sep } from 'node:path'
import type { Language } from '@millrace/contracts'
import { matchExtension } from '../source-file.ts'

/** A script of a watched folder and the files that belong to it. All paths are absolute but `label`. */
export interface ScriptFile {
  readonly file: string
  readonly language: Language
  /** Where it is in the workspace; nothing for a file that lies below no `u/…` or `f/…`. */
  readonly path: string | undefined
  /** As messages name it: from the watched folder. */
  readonly label: string
  readonly metadata: string
  readonly lock: string
  readonly args: string
}

/** What a file is to the watcher: `unknown` has the ending of no language. */
export type Classified =
  | { readonly kind: 'script'; readonly script: ScriptFile }
  /** Arguments of the scripts whose files begin with `stem`. */
  | { readonly kind: 'args'; readonly stem: string }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unknown' }

export const ARGS_ENDING = '.args.json'
export const METADATA_ENDING = '.script.yaml'
const LOCK_ENDING = '.script.lock'

/** Tells what a file is by its name alone. */
export function classify(languages: readonly Language[], folder: string, file: string): Classified {
  const name = basename(file)
  if (isTemporary(name)) return { kind: 'ignored' }
  if (name.endsWith(ARGS_ENDING)) return { kind: 'args', stem: file.slice(0, -ARGS_ENDING.length) }
  const found = matchExtension(languages, name)
  if (!found) return { kind: isOfWorkspace(name) ? 'ignored' : 'unknown' }
  const stem = file.slice(0, -found.extension.length)
  if (basename(stem) === '') return { kind: 'ignored' }
  const script = {
    file,
    language: found.language,
    path: pathInWorkspace(stem),
    label: file.slice(folder.length + 1),
    metadata: `${stem}${METADATA_ENDING}`,
    lock: `${stem}${LOCK_ENDING}`,
    args: `${stem}${ARGS_ENDING}`,
  }
  return { kind: 'script', script }
}

/** Folders in which no script lies: of version control, of packages, of flows and applications, of caches, of jobs that are debugged. */
export function isIgnoredFolder(name: string): boolean {
  if (name.startsWith('.') || ['node_modules', '__pycache__', 'vendor', 'target'].includes(name)) return true
  if (name.startsWith('millrace-debug-')) return true
  return /(\.|__)(flow|app|raw_app|mod|dbt|fileset)$/.test(name)
}

/** What editors write for a moment beside the file that is saved: backups, swap files, locks, probes. */
function isTemporary(name: string): boolean {
  if (name.startsWith('.') || name.startsWith('#') || name.endsWith('~')) return true
  return name === '4913' || /\.(sw[a-z]|tmp|temp|bak|orig|part|crdownload)$/i.test(name) || /___jb_\w+___$/.test(name)
}

/** Other things that a checkout of a workspace holds. */
function isOfWorkspace(name: string): boolean {
  if (/^(README|LICENSE|package(-lock)?|tsconfig|wmill|requirements|pyproject|go)\b/i.test(name)) return true
  return /\.(ya?ml|json|lock|md|in|mod|sum|toml)$/.test(name)
}

/** `…/f/tools/hello` lies where a checkout of a workspace keeps `f/tools/hello`. */
function pathInWorkspace(stem: string): string | undefined {
  const parts = stem.split(sep)
  const start = parts.slice(0, -2).findLastIndex((part) => part === 'u' || part === 'f')
  return start < 0 ? undefined : parts.slice(start).join('/')
}

/** A file beside another one, hidden, for the moment before it is renamed. */
export function temporaryBeside(file: string): string {
  return join(dirname(file), `.${basename(file)}-${process.pid}`)
}
