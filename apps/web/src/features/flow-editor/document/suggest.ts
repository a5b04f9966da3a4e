/** Something that may stand at the cursor. */
export interface Suggestion {
  readonly label: string
  /** What is written. */
  readonly text: string
  readonly kind: 'key' | 'value'
  readonly detail: string
}

type Json = Readonly<Record<string, unknown>>

/** A step on the way from the root to the cursor, with what is written beside it in the same mapping. */
interface Level {
  readonly key: string | typeof ITEM
  readonly siblings: ReadonlyMap<string, string>
}

const ITEM = Symbol('an item of a list')
const KEY = /^(\s*(?:- +)*)([\w$.-]+):(?:\s+(.*?))?\s*$/

/**
 * Keys or values that a JSON Schema allows at a place in a YAML text; `line` and `column` count from 1. It reads indentation only, so
 * that it works in a text that is no YAML while it is being typed.
 */
export function suggest(schema: Json, text: string, line: number, column: number): readonly Suggestion[] {
  const lines = text.split('\n')
  const before = (lines[line - 1] ?? '').slice(0, column - 1)
  const value = /^(\s*(?:- +)*)([\w$.-]+): +([\w$.-]*)$/.exec(before)
  const key = /^(\s*(?:- +)*)([\w$.-]*)$/.exec(before)
  const lead = value?.[1] ?? key?.[1]
  if (lead === undefined) return []
  const levels = findLevels(lines, line - 1, lead)
  const own = siblingsAt(lines, line - 1, lead)
  const places = levels.reduce<readonly Json[]>(
    (found, level) => found.flatMap((each) => into(each, level, schema)),
    [schema],
  )
  const candidates = places.flatMap((place) => optionsOf(place, own, schema))
  if (value) return valuesOf(places, value[2] ?? '', schema)
  return keysOf(candidates, own)
}

function keysOf(candidates: readonly Json[], own: ReadonlyMap<string, string>): readonly Suggestion[] {
  const found = new Map<string, Suggestion>()
  for (const candidate of candidates) {
    const required = Array.isArray(candidate['required']) ? candidate['required'] : []
    for (const [name, property] of Object.entries(object(candidate['properties'])))
      if (!own.has(name) && !found.has(name)) {
        const detail = [required.includes(name) && 'required', text(object(property)['description'])]
        found.set(name, { label: name, text: `${name}: `, kind: 'key', detail: detail.filter(Boolean).join(' · ') })
      }
  }
  return [...found.values()]
}

function valuesOf(places: readonly Json[], name: string, root: Json): readonly Suggestion[] {
  const found = new Map<string, Suggestion>()
  const add = (value: unknown, detail: string) =>
    found.set(String(value), { label: String(value), text: String(value), kind: 'value', detail })
  for (const place of places.flatMap((each) => optionsOf(each, new Map(), root)))
    for (const property of optionsOf(object(object(place['properties'])[name]), new Map(), root)) {
      const { const: only, enum: some, type } = property
      if (only !== undefined) add(only, text(place['description']))
      if (Array.isArray(some)) for (const each of some) add(each, '')
      if ([type].flat().includes('boolean')) for (const each of [true, false]) add(each, '')
    }
  return [...found.values()]
}

/** The schemas behind a key or an item. */
function into(place: Json, { key, siblings }: Level, root: Json): readonly Json[] {
  return optionsOf(place, siblings, root).flatMap((option) => {
    const next = key === ITEM ? option['items'] : object(option['properties'])[key]
    return typeof next === 'object' && next !== null ? [object(next)] : []
  })
}

/** A schema without references and choices: those choices are left whose constants fit what is written. */
function optionsOf(place: Json, written: ReadonlyMap<string, string>, root: Json): readonly Json[] {
  const { $ref: ref } = place
  if (typeof ref === 'string') return optionsOf(resolve(ref, root), written, root)
  const choices = [place['oneOf'], place['anyOf']].filter((each) => Array.isArray(each)).flat()
  if (choices.length === 0) return fits(place, written) ? [place] : []
  return choices.flatMap((choice) => optionsOf(object(choice), written, root))
}

function fits(place: Json, written: ReadonlyMap<string, string>): boolean {
  return Object.entries(object(place['properties'])).every(([name, property]) => {
    const only = object(property)['const']
    const value = written.get(name)
    return typeof only !== 'string' || value === undefined || value === '' || value === only
  })
}

function resolve(ref: string, root: Json): Json {
  return ref
    .slice(2)
    .split('/')
    .reduce<Json>((found, part) => object(found[part]), root)
}

/** The way from the root to the mapping that a line belongs to. */
function findLevels(lines: readonly string[], at: number, lead: string): readonly Level[] {
  const levels: Level[] = []
  let column = lead.length
  let isItem = lead.includes('-')
  let dash = lead.lastIndexOf('-')
  for (let index = at; index >= 0;) {
    if (isItem) {
      levels.unshift({ key: ITEM, siblings: new Map() })
      column = dash
    }
    const parent = findParent(lines, index, column, isItem)
    if (!parent) break
    if (parent.key !== undefined)
      levels.unshift({ key: parent.key, siblings: siblingsAt(lines, parent.line, parent.lead) })
    index = parent.line
    column = parent.lead.length
    isItem = parent.key === undefined || parent.lead.includes('-')
    dash = parent.lead.lastIndexOf('-')
    if (parent.key === undefined) continue
  }
  return levels
}

interface Parent {
  readonly line: number
  readonly lead: string
  /** Undefined where it is another key of the same mapping, the one that begins an item of a list. */
  readonly key: string | undefined
}

/** The line above that holds what stands at a column: its key, or the first key of its item. */
function findParent(lines: readonly string[], at: number, column: number, isItem: boolean): Parent | undefined {
  for (let index = at - 1; index >= 0; index -= 1) {
    const [, lead, key, rest] = KEY.exec(lines[index] ?? '') ?? []
    if (lead === undefined || key === undefined) continue
    const isOpen = rest === undefined || rest === '' || rest.startsWith('#')
    if (isOpen && (isItem ? lead.length <= column : lead.length < column)) return { line: index, lead, key }
    if (!isItem && lead.length === column && lead.includes('-')) return { line: index, lead, key: undefined }
  }
  return undefined
}

/** Keys of the mapping around a line, with the text behind them, except the line's own. */
function siblingsAt(lines: readonly string[], at: number, lead: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const look = (index: number): boolean => {
    const line = lines[index] ?? ''
    if (line.trim() === '') return true
    const [, itsLead, key, rest] = KEY.exec(line) ?? []
    const indent = line.length - line.trimStart().length
    if (itsLead !== undefined && key !== undefined && itsLead.length === lead.length) {
      found.set(key, unquoted(rest ?? ''))
      return true
    }
    return indent >= lead.length
  }
  if (!lead.includes('-'))
    for (let index = at - 1; index >= 0 && look(index) && !isStart(lines[index], lead); index -= 1) continue
  for (let index = at + 1; index < lines.length && !isStart(lines[index], lead) && look(index); index += 1) continue
  return found
}

/** Whether a line begins an item whose keys stand at this column. */
function isStart(line: string | undefined, lead: string): boolean {
  const [itsLead] = /^\s*(?:- +)+/.exec(line ?? '') ?? []
  return itsLead?.length === lead.length
}

function unquoted(value: string): string {
  return value.replace(/^(['"])(.*)\1$/, '$2')
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
