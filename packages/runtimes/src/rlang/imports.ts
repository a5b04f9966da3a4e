import { insideBrackets, tokenize, type Token } from '../shared/tokens.ts'
import { nameOf } from './literal.ts'
import { rules } from './tokens.ts'

/** What R always has. */
const BASE = new Set(
  'base compiler datasets graphics grDevices grid methods parallel splines stats stats4 tcltk tools utils'.split(' '),
)
const LOADERS = new Set(['library', 'require', 'requireNamespace', 'loadNamespace', 'attachNamespace'])
const NAME = /^[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]$/

/** Packages that a source loads or names (`library(x)`, `x::f`), sorted, without those that come with R. */
export function readPackages(source: string): readonly string[] {
  const tokens = tokenize(source, rules)
  if (!tokens.ok) return []
  const named = tokens.value.map((token, at) => readNamed(tokens.value, at, nameOf(token)))
  const packages = named.filter((name) => name !== undefined)
  return [...new Set(packages)].filter((name) => NAME.test(name) && !BASE.has(name)).sort()
}

function readNamed(tokens: readonly Token[], at: number, name: string | undefined): string | undefined {
  const next = tokens[at + 1]?.text
  if (next === '::' || next === ':::') return name
  return next === '(' && LOADERS.has(name ?? '') ? readLoaded(tokens, at + 1) : undefined
}

/** Of `library(x)` or `library("x")`; with `character.only` a name is a variable. */
function readLoaded(tokens: readonly Token[], open: number): string | undefined {
  const inside = insideBrackets(tokens, open).inside.filter(({ kind }) => kind !== 'break')
  const [first, sign] = inside
  const given = first?.text === 'package' && sign?.text === '=' ? inside[2] : first
  if (given?.kind === 'text') return given.text.slice(1, -1)
  return inside.some(({ text }) => text === 'character.only') ? undefined : nameOf(given)
}
