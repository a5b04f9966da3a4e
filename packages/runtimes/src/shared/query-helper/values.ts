/**
 * How values of servers become JSON. Numbers of any length stand in it digit by digit, so JSON loses nothing (whoever
 * reads it may); what JSON has no word for is a text.
 */

const RAW_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

interface RawJson {
  readonly rawJSON: string
}

/** A number as written; `NaN`, `Infinity` and what else JSON lacks stay texts. */
export function numberOf(text: string): RawJson | string {
  return RAW_NUMBER.test(text) ? rawJson(text) : text
}

/** A double; those that JSON lacks are texts. */
export function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** JSON of a server, with the digits of its numbers. */
export function jsonOf(text: string): unknown {
  // Only such numbers can lose anything on their way.
  if (!/\d[\d.]{15}|[eE]\+?\d/.test(text)) return JSON.parse(text) as unknown
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined ? rawJson(context.source) : value
  return JSON.parse(text, reviver) as unknown
}

/** Bytes as base64, which is also what an argument of this type takes. */
export function bytesOf(value: Uint8Array): string {
  return Buffer.from(value).toString('base64')
}

/** Bytes of an argument; a text that is no base64 is taken as it is. */
export function toBytes(value: unknown): Buffer {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
  return Buffer.from(text, isBase64 ? 'base64' : 'utf8')
}

/** `2024-01-31 10:00:00.5+00` as ISO 8601 has it, with all its digits; what is none (`infinity`) stays as it is. */
export function timestampOf(text: string): string {
  const match = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|[+-]\d\d(?::?\d\d)?(?::\d\d)?)?$/.exec(text)
  if (!match) return text
  const [, date, time, zone = ''] = match
  if (/^(?:Z|[+-]00(?::?00)?)$/.test(zone)) return `${date}T${time}Z`
  return `${date}T${time}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`
}

/** A text of a resource. */
export function textOf(connection: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = connection[name]
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  }
  return undefined
}

/** A text that the resource must have; throws a sentence that names it. */
export function requireText(
  connection: Readonly<Record<string, unknown>>,
  name: string,
  ...others: readonly string[]
): string {
  const value = textOf(connection, name, ...others)
  if (value === undefined) throw new ConfigError(`the resource has no "${name}"`)
  return value
}

/** The resource is not what the driver needs. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Knows no `JSON.rawJSON` in its types yet: it is part of every Node that the helper runs on. */
function rawJson(text: string): RawJson {
  const make: unknown = Reflect.get(JSON, 'rawJSON')
  if (typeof make !== 'function') throw new Error('this Node is too old for the helper: it has no JSON.rawJSON')
  return Reflect.apply(make, JSON, [text]) as RawJson
}
