import { ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, ArgType, Signature } from '../signature.ts'
import { inventoriesOf, isRecord, readPlaybook, type Playbook } from './playbook.ts'

const TYPES: Readonly<Record<string, ArgType>> = {
  string: { str: null },
  str: { str: null },
  int: 'int',
  integer: 'int',
  float: 'float',
  number: 'float',
  bool: 'bool',
  boolean: 'bool',
  datetime: 'datetime',
  date: 'date',
  bytes: 'bytes',
  object: { object: { name: null, props: [] } },
  dict: { object: { name: null, props: [] } },
  list: { list: 'unknown' },
  array: { list: 'unknown' },
}

/** The variables and inventories that the header of a playbook asks for, in its order. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const playbook = readPlaybook(source)
  if (!playbook.ok) return playbook
  const { header, hasPlays } = playbook.value
  if (!hasPlays) return ok(librarySignature)
  return ok({ ...librarySignature, autoKind: null, args: Object.keys(header).flatMap((key) => argsOf(key, header)) })
}

function argsOf(key: string, header: Playbook['header']): Arg[] {
  if (key === 'inventory') {
    return inventoriesOf(header)
      .filter(({ path }) => path === undefined)
      .map(({ name, resourceType }) => requiredArg(name, { resource: resourceType }))
  }
  const variables = header[key]
  if (key !== 'extra_vars' || !isRecord(variables)) return []
  return Object.entries(variables).map(([name, described]) => readArg(name, described))
}

/** `name: {type: string, default: x}`; a variable with nothing said of it takes any JSON. */
function readArg(name: string, described: unknown): Arg {
  const said = isRecord(described) ? described : { type: described }
  const typ = readType(said)
  return Object.hasOwn(said, 'default') ? optionalArg(name, typ, said['default'] ?? null) : requiredArg(name, typ)
}

function readType(said: Readonly<Record<string, unknown>>): ArgType {
  const { type, resource_type: resource, enum: choices, items } = said
  if (Array.isArray(choices)) return { str: choices.map(String) }
  if (type === 'windmill_resource' || typeof resource === 'string') {
    return typeof resource === 'string' ? { resource } : 'unknown'
  }
  if ((type === 'list' || type === 'array') && isRecord(items)) return { list: readType(items) }
  return typeof type === 'string' && Object.hasOwn(TYPES, type) ? (TYPES[type] ?? 'unknown') : 'unknown'
}
