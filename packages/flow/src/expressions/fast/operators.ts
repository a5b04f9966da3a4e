import { leave } from './leave.ts'

type Primitive = string | number | boolean | null | undefined

/** JavaScript's own operators, on values that are no objects: nothing of the author's is called. */
export const BINARY: { readonly [operator: string]: (left: unknown, right: unknown) => unknown } = {
  '===': (left, right) => (areObjects(left, right) ? leave() : left === right),
  '!==': (left, right) => (areObjects(left, right) ? leave() : left !== right),
  '==': (left, right) => looseEquals(left, right),
  '!=': (left, right) => !looseEquals(left, right),
  '<': (left, right) => compare(left, right, (a, b) => a < b),
  '<=': (left, right) => compare(left, right, (a, b) => a <= b),
  '>': (left, right) => compare(left, right, (a, b) => a > b),
  '>=': (left, right) => compare(left, right, (a, b) => a >= b),
  '+': (left, right) => add(primitive(left), primitive(right)),
  '-': (left, right) => number(left) - number(right),
  '*': (left, right) => number(left) * number(right),
  '/': (left, right) => number(left) / number(right),
  '%': (left, right) => number(left) % number(right),
}

/** `typeof` needs no rule of ours: JSON data is no function, and names that are not known leave before. */
export const UNARY: { readonly [operator: string]: (value: unknown) => unknown } = {
  '!': (value) => !value,
  '-': (value) => -number(value),
  '+': (value) => number(value),
  typeof: (value) => typeof value,
  void: () => undefined,
}

/** Texts longer than this are put together in the slow lane, where memory is bounded. */
const TEXT_CHARS_MAX = 1_000_000

/** A part of a template as text. */
export function toText(value: unknown): string {
  return String(primitive(value))
}

export function join(left: string, right: string): string {
  return left.length + right.length > TEXT_CHARS_MAX ? leave() : left + right
}

function add(left: Primitive, right: Primitive): string | number {
  if (typeof left === 'string' || typeof right === 'string') return join(String(left), String(right))
  return Number(left) + Number(right)
}

function compare(left: unknown, right: unknown, holds: (a: string | number, b: string | number) => boolean): boolean {
  if (typeof left === 'string' && typeof right === 'string') return holds(left, right)
  return holds(number(left), number(right))
}

function looseEquals(left: unknown, right: unknown): boolean {
  if (left === null || left === undefined) return right === null || right === undefined
  if (right === null || right === undefined) return false
  const [a, b] = [primitive(left), primitive(right)]
  return typeof a === typeof b ? a === b : Number(a) === Number(b)
}

/** Two objects are equal when they are the same one, which the two lanes cannot know alike. */
function areObjects(left: unknown, right: unknown): boolean {
  return isObject(left) && isObject(right)
}

function number(value: unknown): number {
  return Number(primitive(value))
}

/** Objects would be asked for their text or number, which is the slow lane's to do. */
function primitive(value: unknown): Primitive {
  return isObject(value) ? leave() : (value as Primitive)
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
