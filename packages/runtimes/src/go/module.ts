import { declareGrammar, type Node } from '../grammar.ts'

const grammar = declareGrammar('go')
/** Between go.mod and go.sum in a lock. */
const MARKER = '//go.sum'
/** What the scripts of this platform are a module of; the wrapper imports `job/inner`. */
const MODULE = 'job'

/** A lock, taken apart. */
export interface LockedModule {
  readonly mod: string
  readonly sum: string
}

/** Packages from outside the standard library that a source imports, sorted: their first part is a domain. */
export function readImports(source: string): readonly string[] {
  return grammar.parse(source, (root) => {
    const paths = root.descendantsOfType('import_spec').map((spec) => readPath(spec?.childForFieldName('path')))
    const foreign = paths.filter((path) => path !== undefined && /^[^/]*\./.test(path) && !path.startsWith('.'))
    return [...new Set(foreign)].filter((path) => path !== undefined).sort()
  })
}

/** The go.mod of a source: what its `//go_mod:` block says, as part of the module of all scripts. */
export function readModule(source: string, version: string): string {
  return asModule(readBlock(source), version)
}

/** Takes a lock apart; the module is ours, whatever it was called where the lock was made. */
export function readLock(lock: string, version: string): LockedModule {
  const lines = lock.split(/\r?\n/)
  const at = lines.findIndex((line) => line.trim() === MARKER)
  const mod = at < 0 ? lines : lines.slice(0, at)
  const sum = at < 0 ? [] : lines.slice(at + 1)
  return { mod: asModule(mod, version), sum: `${sum.join('\n').trim()}\n` }
}

/** The comment lines behind `//go_mod:`, and what stands in its own line. */
function readBlock(source: string): readonly string[] {
  const lines = source.split(/\r?\n/)
  const at = lines.findIndex((line) => /^\s*\/\/\s*go_mod:/.test(line))
  if (at < 0) return []
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((line) => !/^\s*\/\//.test(line))
  const block = end < 0 ? rest : rest.slice(0, end)
  const first = lines[at]?.replace(/^\s*\/\/\s*go_mod:/, '') ?? ''
  return [first, ...block.map((line) => line.replace(/^\s*\/\/ ?/, ''))]
}

function asModule(lines: readonly string[], version: string): string {
  const kept = lines.filter((line) => !/^\s*module\b/.test(line)).map((line) => line.trimEnd())
  const hasVersion = kept.some((line) => /^\s*go\s+\d/.test(line))
  const head = [`module ${MODULE}`, ...(hasVersion ? [] : [`go ${version}`])]
  const body = kept.join('\n').trim()
  return [...head, ...(body === '' ? [] : [body])].join('\n\n') + '\n'
}

function readPath(path: Node | null | undefined): string | undefined {
  return path?.text.replace(/^["`]|["`]$/g, '')
}
