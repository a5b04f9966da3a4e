type Json = Readonly<Record<string, unknown>>

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
/** What models know of JSON Schema; forms of ours say more, which they do not take. */
const KEPT = [
  'description',
  'enum',
  'const',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'default',
] as const
const FORMATS = new Set(['date-time', 'date', 'email'])

/** The inputs of a script or flow as a model is told of them, without those that the flow gives. */
export function toldSchema(schema: unknown, fixed: readonly string[]): Json {
  const known = isObject(schema) ? schema : {}
  const properties = isObject(known['properties']) ? known['properties'] : {}
  const left = Object.entries(properties).filter(([name]) => !fixed.includes(name))
  const required = listOf(known['required']).filter((name) => left.some(([own]) => own === name))
  return {
    type: 'object',
    properties: Object.fromEntries(left.map(([name, field]) => [name, toldField(field)])),
    ...(required.length > 0 && { required }),
    // A script that cannot be read takes anything.
    ...(isObject(known['properties']) && { additionalProperties: false }),
  }
}

function toldField(field: unknown): Json {
  if (!isObject(field)) return {}
  const kept = KEPT.filter((name) => field[name] !== undefined && field[name] !== null && field[name] !== '')
  const { type, format, items, properties, oneOf } = field
  return {
    ...(typeof type === 'string' && TYPES.has(type) && { type }),
    ...Object.fromEntries(kept.map((name) => [name, field[name]])),
    ...(typeof format === 'string' && FORMATS.has(format) && { format }),
    ...(items !== undefined && { items: toldField(items) }),
    ...(isObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, toldField(inner)])),
    }),
    ...(Array.isArray(oneOf) && { anyOf: oneOf.map(toldField) }),
    ...(isObject(properties) && listOf(field['required']).length > 0 && { required: listOf(field['required']) }),
  }
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
