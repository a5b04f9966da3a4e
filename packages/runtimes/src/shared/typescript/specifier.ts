import { builtinModules } from 'node:module'
import { posix } from 'node:path'

/** A package as an import names it. */
export interface PackageImport {
  readonly kind: 'package'
  readonly registry: 'npm' | 'jsr'
  readonly name: string
  /** As written after the name: a version, a range or a tag. */
  readonly version: string | undefined
  /** With its slash: `/sub/path`, or empty. */
  readonly subpath: string
}

/** What an import names. */
export type Specifier =
  | PackageImport
  | { readonly kind: 'workspace'; /** `f/folder/name`. */ readonly path: string }
  | { readonly kind: 'url' }
  | { readonly kind: 'builtin' }
  /** Nothing that could be found: a file beside a script that has no path, say. */
  | { readonly kind: 'other' }

const BUILTINS = new Set(builtinModules)
const BUILTIN_OF_ENGINE = /^(?:bun$|(?:node|bun|cloudflare|ext):)/
const EXTENSION = /\.(?:(?:bun|deno|fetch|native)\.)?[cm]?[jt]sx?$/
const PACKAGE = /^((?:@[a-z0-9~_-][\w.~-]*\/)?[a-z0-9~_-][\w.~-]*)(?:@([^/]+))?(\/.*)?$/i

/** Reads a specifier; `from` is the path of the script in which it stands, which relative ones start from. */
export function readSpecifier(text: string, from: string | undefined): Specifier {
  if (text.startsWith('.') || text.startsWith('/')) return readPath(text, from)
  if (/^https?:/i.test(text)) return { kind: 'url' }
  if (BUILTIN_OF_ENGINE.test(text) || BUILTINS.has(text)) return { kind: 'builtin' }
  const [, scheme, rest = text] = /^(npm|jsr):\/?(.*)$/.exec(text) ?? []
  const match = PACKAGE.exec(rest)
  if (!match?.[1]) return { kind: 'other' }
  const [, name, version, subpath = ''] = match
  return { kind: 'package', registry: scheme === 'jsr' ? 'jsr' : 'npm', name, version, subpath }
}

/** `./y`, `../z.ts`, `/f/folder/x.ts`: a script of the workspace, whose path has no extension. */
function readPath(text: string, from: string | undefined): Specifier {
  if (!text.startsWith('/') && from === undefined) return { kind: 'other' }
  const whole = text.startsWith('/') ? posix.normalize(text) : posix.join('/', posix.dirname(from ?? ''), text)
  const path = whole.slice(1).replace(EXTENSION, '')
  return /^[fu]\/./.test(path) ? { kind: 'workspace', path } : { kind: 'other' }
}
