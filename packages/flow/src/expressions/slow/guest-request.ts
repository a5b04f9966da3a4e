import type { JsonData } from '../json-data.ts'
import type { Reads } from '../reads.ts'
import type { Lookup, Scope } from '../scope.ts'

/** JSON for the prelude's `prepare`: what the expression reads, as texts that are put together and never parsed on this side. */
export function toGuestRequest(reads: Reads, scope: Scope): string {
  const names = [...reads.names].map((name) => [name, scope.names?.[name]] as const)
  const seed = Math.floor(Math.random() * 2 ** 32)
  return textOf([
    ['seed', String(seed)],
    ['names', textOf(names.flatMap(([name, data]) => (data ? [[name, data.text]] : [])))],
    ['results', textOf(pick(reads.results, scope.results).map(([id, data]) => [id, data.text]))],
    ['variables', lookups(reads.variables, reads, scope.variables)],
    ['resources', lookups(reads.resources, reads, scope.resources)],
  ])
}

function pick<Value>(
  keys: ReadonlySet<string> | 'all',
  values: ReadonlyMap<string, Value> | undefined,
): (readonly [string, Value])[] {
  const all = [...(values ?? [])]
  return keys === 'all' ? all : all.filter(([key]) => keys.has(key))
}

function lookups(
  paths: ReadonlySet<string>,
  { asksLater }: Reads,
  values: ReadonlyMap<string, Lookup> | undefined,
): string {
  const found = pick<Lookup>(asksLater ? 'all' : paths, values)
  return textOf(found.map(([path, lookup]) => [path, lookupText(lookup)]))
}

function lookupText(lookup: Lookup): string {
  return textOf([
    'refusal' in lookup ? ['refusal', JSON.stringify(lookup.refusal)] : ['value', (lookup satisfies JsonData).text],
  ])
}

function textOf(entries: readonly (readonly [key: string, text: string])[]): string {
  return `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`
}
