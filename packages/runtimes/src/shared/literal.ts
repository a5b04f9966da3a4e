import type { ArgType } from '../signature.ts'

/** A literal read from a syntax tree; `undefined` instead of it means that the expression is no literal. */
export interface Literal {
  readonly value: unknown
  readonly typ: ArgType
}

export const textLiteral = (value: string): Literal => ({ value, typ: { str: null } })
export const boolLiteral = (value: boolean): Literal => ({ value, typ: 'bool' })
export const nullLiteral: Literal = { value: null, typ: 'unknown' }

/** A number as written; not a literal when it is none to JSON. */
export function numberLiteral(value: number, isInteger: boolean): Literal | undefined {
  if (!Number.isFinite(value)) return undefined
  return { value, typ: isInteger ? 'int' : 'float' }
}

/** A list of literals; its type is that of its first item. One item that is no literal spoils it. */
export function listLiteral(items: readonly (Literal | undefined)[]): Literal | undefined {
  const literals = items.filter((item) => item !== undefined)
  if (literals.length < items.length) return undefined
  return { value: literals.map((item) => item.value), typ: { list: literals[0]?.typ ?? 'unknown' } }
}

/** An object of literals. */
export function objectLiteral(entries: readonly (readonly [string, Literal | undefined])[]): Literal | undefined {
  const value: Record<string, unknown> = {}
  const props: { key: string; typ: ArgType }[] = []
  for (const [key, literal] of entries) {
    if (!literal) return undefined
    Object.defineProperty(value, key, { value: literal.value, enumerable: true, configurable: true, writable: true })
    props.push({ key, typ: literal.typ })
  }
  return { value, typ: { object: { name: null, props } } }
}
