import type { FormSchema } from '@millrace/contracts'
import { UsageError } from './exit.ts'
import { findNearest } from './nearest.ts'
import type { RawArg } from './parse-argv.ts'

type Property = Readonly<Record<string, unknown>>

/**
 * Makes a script's arguments of what was typed, by the types in its schema: numbers, switches (`--flag`, `--no-flag`),
 * JSON for objects and lists (a list also by repeating its flag). `base` are arguments that flags override. Throws a
 * `UsageError` for a flag that the schema does not know, a value of another type, and a required argument without value.
 */
export function coerceArgs(schema: FormSchema, given: readonly RawArg[], base: Readonly<Record<string, unknown>> = {}) {
  const properties = readProperties(schema)
  const args: Record<string, unknown> = { ...base }
  const typed = new Set<string>()
  const rest = [...given]
  for (let arg = rest.shift(); arg; arg = rest.shift()) {
    if ('word' in arg) throw new UsageError(`"${arg.word}" belongs to no flag. ${describeKnown(properties)}`)
    const { name, isNegated } = findProperty(properties, arg.flag)
    const property = properties.get(name) ?? {}
    const text = isNegated ? 'false' : (arg.value ?? takeValue(property, name, rest))
    const isList = typeOf(property) === 'array' && !text.trimStart().startsWith('[')
    if (typed.has(name) && !isList) throw new UsageError(`--${name} is given twice.`)
    args[name] = isList
      ? addItem(typed.has(name) ? args[name] : [], property, { name, text })
      : coerce(property, name, text)
    typed.add(name)
  }
  checkRequired(schema, properties, args)
  return args
}

function readProperties(schema: FormSchema): Map<string, Property> {
  const entries = Object.entries(schema.properties ?? {})
  return new Map(entries.map(([name, property]) => [name, isObject(property) ? property : {}]))
}

/** The name itself, in kebab-case (`--max-items` for `max_items` or `maxItems`), or `no-` before a switch. */
function findProperty(properties: Map<string, Property>, flag: string): { name: string; isNegated: boolean } {
  const name = matchName(properties, flag)
  if (name !== undefined) return { name, isNegated: false }
  const negated = flag.startsWith('no-') ? matchName(properties, flag.slice(3)) : undefined
  if (negated !== undefined && typeOf(properties.get(negated) ?? {}) === 'boolean')
    return { name: negated, isNegated: true }
  const nearest = findNearest(flag, [...properties.keys()])
  throw new UsageError(
    `--${flag} is not an argument of this script. ${nearest ? `Did you mean --${nearest}? ` : ''}${describeKnown(properties)}`,
  )
}

function matchName(properties: Map<string, Property>, flag: string): string | undefined {
  if (properties.has(flag)) return flag
  const plain = (text: string) => text.replace(/[-_]/g, '').toLowerCase()
  const alike = [...properties.keys()].filter((name) => plain(name) === plain(flag))
  return alike.length === 1 ? alike[0] : undefined
}

function describeKnown(properties: Map<string, Property>): string {
  if (properties.size === 0) return 'The script takes no arguments.'
  return `The script takes ${[...properties.keys()].map((name) => `--${name}`).join(', ')}.`
}

/** The word after a flag; a switch takes one only when it reads true or false. */
function takeValue(property: Property, name: string, rest: RawArg[]): string {
  const next = rest[0]
  const word = next && 'word' in next ? next.word : undefined
  const isSwitch = typeOf(property) === 'boolean'
  if (isSwitch && word !== 'true' && word !== 'false') return 'true'
  if (word === undefined)
    throw new UsageError(`--${name} needs a value; one that begins with -- is written --${name}=…`)
  rest.shift()
  return word
}

function coerce(property: Property, name: string, text: string): unknown {
  const type = typeOf(property)
  if (type === 'string') return checkChoice(property, name, text)
  if (type === 'number' || type === 'integer') return toNumber(name, text, type === 'integer')
  if (type === 'boolean') return toBoolean(name, text)
  // A reference to a resource or a variable stands for the object.
  if (type === 'object' && /^\$(res|var):/.test(text)) return text
  // An argument of any type is an object of which nothing is known.
  if (type === 'object' && !['properties', 'oneOf', 'format'].some((key) => key in property)) return toAnything(text)
  if (type === 'object' || type === 'array') return toStructure(name, text, type)
  return toAnything(text)
}

function addItem(before: unknown, property: Property, { name, text }: { name: string; text: string }): unknown[] {
  const items = isObject(property['items']) ? property['items'] : {}
  return [...(Array.isArray(before) ? before : []), coerce(items, name, text)]
}

function checkChoice(property: Property, name: string, text: string): string {
  const choices: unknown = property['enum']
  if (!Array.isArray(choices) || choices.length === 0 || choices.includes(text)) return text
  throw new UsageError(`--${name} must be one of ${choices.join(', ')}, not "${text}".`)
}

function toNumber(name: string, text: string, isInteger: boolean): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UsageError(`--${name} must be a number, not "${text}".`)
  if (isInteger && !Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number, not "${text}".`)
  return value
}

function toBoolean(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new UsageError(`--${name} must be true or false, not "${text}".`)
}

function toStructure(name: string, text: string, type: 'object' | 'array'): unknown {
  const value = toAnything(text)
  if (type === 'array' ? Array.isArray(value) : isObject(value)) return value
  throw new UsageError(
    `--${name} must be a JSON ${type}, such as ${type === 'array' ? "'[1, 2]'" : `'{"a": 1}'`}, not "${text}".`,
  )
}

/** JSON where it is JSON, else the text itself. */
function toAnything(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function checkRequired(schema: FormSchema, properties: Map<string, Property>, args: Record<string, unknown>): void {
  const missing = (schema.required ?? []).filter(
    (name) => args[name] === undefined && properties.get(name)?.['default'] === undefined,
  )
  if (missing.length === 0) return
  const flags = missing.map((name) => `--${name}`).join(', ')
  throw new UsageError(`${flags} ${missing.length === 1 ? 'is' : 'are'} missing. ${describeKnown(properties)}`)
}

/** The type that is not null; nothing where the schema leaves it open. */
function typeOf(property: Property): string | undefined {
  const type = property['type']
  if (typeof type === 'string') return type
  return Array.isArray(type)
    ? type.find((entry): entry is string => typeof entry === 'string' && entry !== 'null')
    : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
