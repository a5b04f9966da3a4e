import type { Json } from '../json.ts'

/** Whether a condition holds: what JavaScript takes for true. */
export function holds(value: Json): boolean {
  return Boolean(value)
}

/** A number, also one written as text; undefined where it is none, or less than `min`. */
export function findNumber(value: Json, min: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= min ? number : undefined
}
