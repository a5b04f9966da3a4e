import type { ArgType } from '../signature.ts'

const OBJECT: ArgType = { object: { name: null, props: [] } }

const TYPES: Readonly<Record<string, ArgType>> = {
  string: { str: null },
  char: { str: null },
  guid: { str: null },
  uri: { str: null },
  byte: 'int',
  int: 'int',
  int16: 'int',
  int32: 'int',
  int64: 'int',
  long: 'int',
  uint16: 'int',
  uint32: 'int',
  uint64: 'int',
  bigint: 'int',
  double: 'float',
  float: 'float',
  single: 'float',
  decimal: 'float',
  bool: 'bool',
  boolean: 'bool',
  switch: 'bool',
  datetime: 'datetime',
  datetimeoffset: 'datetime',
  pscustomobject: OBJECT,
  psobject: OBJECT,
  hashtable: OBJECT,
  ordered: OBJECT,
  object: 'unknown',
  array: { list: 'unknown' },
}

/** The type that an attribute such as `[string[]]` names; undefined for one that is no type, or that we do not know. */
export function readType(attribute: string): ArgType | undefined {
  const name = /^\[\s*([\s\S]*?)\s*\]$/.exec(attribute)?.[1]?.toLowerCase()
  return name === undefined ? undefined : typeNamed(name)
}

function typeNamed(name: string): ArgType | undefined {
  const inner = /^nullable\[(.+)\]$/.exec(name)?.[1]
  if (inner !== undefined) return typeNamed(inner)
  if (name.endsWith('[]')) {
    const of = typeNamed(name.slice(0, -2).trim())
    return of === undefined ? undefined : { list: of }
  }
  const short = name.replace(/^(?:system\.)?(?:management\.automation\.)?(?:collections\.)?/, '')
  return Object.hasOwn(TYPES, short) ? TYPES[short] : undefined
}
