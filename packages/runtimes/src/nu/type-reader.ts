import type { ArgType, Property } from '../signature.ts'
import { splitItems } from './split-items.ts'

const TEXT: ArgType = { str: null }
const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }

const NAMED: Readonly<Record<string, ArgType>> = {
  string: TEXT,
  path: TEXT,
  directory: TEXT,
  glob: TEXT,
  'cell-path': TEXT,
  duration: TEXT,
  filesize: TEXT,
  int: 'int',
  float: 'float',
  number: 'float',
  bool: 'bool',
  binary: 'bytes',
  datetime: 'datetime',
  list: { list: 'unknown' },
  record: ANY_OBJECT,
  table: { list: ANY_OBJECT },
}

/** A type as written, such as `list<string>`, `record<name: string, age: int>` or `string@[red green]`. */
export function readType(text: string): ArgType {
  const choices = /^string@\[([\s\S]*)\]$/.exec(text)?.[1]
  if (choices !== undefined) return { str: splitItems(choices).map((item) => item.replaceAll(/^["']|["']$/g, '')) }
  const [, name = text, inner] = /^([\w-]+)<([\s\S]*)>$/.exec(text) ?? []
  if (inner === undefined) return (Object.hasOwn(NAMED, name) ? NAMED[name] : undefined) ?? 'unknown'
  const items = splitItems(inner)
  if (name === 'list') return { list: items.length === 1 ? readType(items[0] ?? '') : 'unknown' }
  if (name === 'record') return readFields(items)
  return name === 'table' ? { list: readFields(items) } : 'unknown'
}

/** `name: string age: int`; a field without a type holds anything. */
function readFields(items: readonly string[]): ArgType {
  const props: Property[] = []
  for (let at = 0; at < items.length; at++) {
    const key = (items[at] ?? '').replaceAll(/^["']|["']$/g, '')
    const isTyped = items[at + 1] === ':'
    if (isTyped) at += 2
    props.push({ key, typ: isTyped ? readType(items[at] ?? '') : 'unknown' })
  }
  return { object: { name: null, props } }
}
