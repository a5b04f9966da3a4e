import { INHERITED_NAMES } from './inherited-names.ts'
import { leave } from './leave.ts'

/** `base[key]` where base is JSON data other than null: its own property, undefined, or a case for the slow lane. */
export function readMember(base: NonNullable<unknown>, key: string): unknown {
  if (typeof base === 'string') return readOfString(base, key)
  if (Object.hasOwn(base, key)) return (base as Readonly<Record<string, unknown>>)[key]
  return readOfPrototype(key)
}

function readOfString(base: string, key: string): unknown {
  if (key === 'length') return base.length
  const index = Number(key)
  // '01' and '1.0' are names like any other.
  const isIndex = Number.isInteger(index) && index >= 0 && String(index) === key
  return isIndex ? base[index] : readOfPrototype(key)
}

function readOfPrototype(key: string): undefined {
  return INHERITED_NAMES.has(key) ? leave() : undefined
}

/** A value as the name of a property. Objects would be asked for their text, which is the slow lane's to do. */
export function toKey(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : leave()
}
