import { FormSchema } from '@millrace/contracts'
import { expect, test } from 'vitest'
import { COMPUTED_DEFAULT, toFormShape } from './form-shape.ts'
import { findFaults } from './form-validator.ts'
import { argsToSend, carryArgs, initialArgs } from './initial-args.ts'
import { parseJsonText, toJsonText } from './json-text.ts'

function schemaOf(properties: Record<string, unknown>, required: string[] = [], order?: string[]) {
  return FormSchema.parse({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties,
    required,
    ...(order && { order }),
  })
}

function faults(schema: FormSchema, args: unknown): Record<string, string> {
  return Object.fromEntries(
    findFaults(toFormShape(schema).schema, args).map(({ path, message }) => [path.join('.'), message]),
  )
}

test.each([
  [{ type: 'string' }, 'textInput'],
  [{ type: 'string', enum: ['a', 'b'] }, 'selectInput'],
  [{ type: 'string', contentEncoding: 'base64' }, 'fileInput'],
  [{ type: 'string', format: 'date-time' }, 'instantInput'],
  [{ type: 'string', format: 'date' }, 'dayInput'],
  [{ type: 'string', password: true }, 'secretInput'],
  [{ type: 'integer' }, 'numberInput'],
  [{ type: 'number' }, 'numberInput'],
  [{ type: 'boolean' }, 'switchInput'],
  [{ type: 'object', format: 'resource-postgresql' }, 'resourceInput'],
])('%j is drawn as %s', (property, widget) => {
  expect(toFormShape(schemaOf({ x: property })).uiSchema['x']['ui:widget']).toBe(widget)
})

test.each([
  [{ type: 'object' }],
  [{ type: 'object', properties: {} }],
  [{}],
  [{ type: 'array' }],
  [{ type: 'array', items: {} }],
])('%j is edited as JSON', (property) => {
  const { schema, uiSchema } = toFormShape(schemaOf({ x: property }))
  expect(uiSchema['x']['ui:field']).toBe('jsonInput')
  // An empty schema would not be drawn.
  expect(schema.properties?.['x']).not.toEqual({})
})

test('fields stand in the order of the signature', () => {
  const shape = toFormShape(schemaOf({ b: { type: 'string' }, a: { type: 'string' }, c: {} }, [], ['a', 'b', 'gone']))
  expect(shape.uiSchema['ui:order']).toEqual(['a', 'b', 'c', '*'])
})

test('a list draws its items by their own type', () => {
  const { uiSchema } = toFormShape(
    schemaOf({ files: { type: 'array', items: { type: 'string', contentEncoding: 'base64' } } }),
  )
  expect(uiSchema['files'].items['ui:widget']).toBe('fileInput')
})

test('a list of resources and a list of objects have forms', () => {
  const { uiSchema, schema } = toFormShape(
    schemaOf({
      dbs: { type: 'array', items: { type: 'resource', resourceType: 'pg' } },
      rows: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
    }),
  )
  expect(uiSchema['dbs'].items['ui:widget']).toBe('resourceInput')
  expect(uiSchema['dbs'].items['ui:options']).toMatchObject({ resourceType: 'pg', isItem: true })
  expect(uiSchema['rows'].items['n']['ui:widget']).toBe('numberInput')
  expect(schema.properties?.['rows']).toMatchObject({
    items: { type: 'object', properties: { n: { type: 'integer' } } },
  })
})

test('nested objects are groups of fields', () => {
  const property = { type: 'object', properties: { name: { type: 'string' }, tags: { type: 'object' } } }
  const { uiSchema } = toFormShape(schemaOf({ user: property }))
  expect(uiSchema['user']['name']['ui:widget']).toBe('textInput')
  expect(uiSchema['user']['tags']['ui:field']).toBe('jsonInput')
})

const union = {
  type: 'object',
  oneOf: [
    {
      type: 'object',
      title: 'circle',
      properties: { kind: { type: 'string', enum: ['circle'] }, radius: { type: 'number' } },
      required: ['radius'],
    },
    {
      type: 'object',
      title: 'square',
      properties: { kind: { type: 'string', enum: ['square'] }, side: { type: 'integer' } },
    },
  ],
}

test('a union offers its branches by label and keeps their tags out of sight', () => {
  const choices = toFormShape(schemaOf({ shape: union })).uiSchema['shape']['ui:options'].choices
  expect(choices).toMatchObject([
    { label: 'circle', tags: { kind: 'circle' } },
    { label: 'square', tags: { kind: 'square' } },
  ])
  expect(Object.keys(choices[0].schema.properties)).toEqual(['radius'])
})

test('only the chosen branch of a union is validated', () => {
  const schema = schemaOf({ shape: union })
  expect(faults(schema, { shape: { kind: 'square', side: 2 } })).toEqual({})
  expect(faults(schema, { shape: { kind: 'square', side: 1.5 } })).toEqual({ 'shape.side': 'Give a whole number.' })
  expect(faults(schema, { shape: { kind: 'circle' } })).toEqual({ 'shape.radius': 'Give a value.' })
})

test('faults say what to do', () => {
  const schema = schemaOf(
    {
      name: { type: 'string' },
      n: { type: 'integer', min: 1 },
      color: { type: 'string', enum: ['red'] },
      map: { type: 'object', properties: {} },
    },
    ['name'],
  )
  expect(faults(schema, { n: 0, color: 'blue', map: '{broken' })).toEqual({
    name: 'Give a value.',
    n: 'Give a number not below 1.',
    color: 'Choose one of the values.',
    map: 'Give an object, as JSON: {"name": "value"}.',
  })
})

test('a form begins with the defaults, and with what an untouched required switch, list or group shows', () => {
  const schema = schemaOf(
    {
      greeting: { type: 'string', default: 'Hello' },
      loud: { type: 'boolean' },
      maybe: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      user: { type: 'object', properties: { name: { type: 'string' } } },
      name: { type: 'string' },
      nothing: { type: 'string', default: null },
      at: { type: 'string', default: COMPUTED_DEFAULT },
    },
    ['loud', 'tags', 'user', 'name'],
  )
  expect(initialArgs(schema)).toEqual({ greeting: 'Hello', loud: false, tags: [], user: {} })
})

test('a default is no part of the drawn schema, so that a cleared field stays clear', () => {
  const { schema } = toFormShape(schemaOf({ greeting: { type: 'string', default: 'Hello' } }))
  expect(schema.properties?.['greeting']).toEqual({ type: 'string' })
})

test('a default that the script computes is said, not sent', () => {
  const { uiSchema } = toFormShape(schemaOf({ at: { type: 'string', default: COMPUTED_DEFAULT } }))
  expect(uiSchema['at']['ui:placeholder']).toContain('Computed by the script')
})

test('typed arguments survive a change of the form where the name stays', () => {
  const schema = schemaOf({ name: { type: 'string' }, n: { type: 'integer', default: 3 } })
  expect(carryArgs(schema, { name: 'Ada', gone: 1 }, undefined)).toEqual({ name: 'Ada', n: 3 })
})

test('a default that was cleared does not come back when the form changes elsewhere', () => {
  const before = schemaOf({ n: { type: 'integer', default: 3 } })
  const after = schemaOf({ n: { type: 'integer', default: 3 }, m: { type: 'integer', default: 4 } })
  expect(carryArgs(after, {}, before)).toEqual({ m: 4 })
})

test('a type that the parser could not tell takes any value', () => {
  const schema = schemaOf({ anything: { type: 'object' } }, ['anything'])
  for (const anything of [1, 'text', true, [1], { a: 1 }]) expect(faults(schema, { anything })).toEqual({})
  expect(faults(schema, {})).toEqual({ anything: 'Give a value.' })
})

test('a fault deep inside is told at its own field', () => {
  const rows = {
    type: 'array',
    items: { type: 'object', properties: { n: { type: 'integer' }, mail: { type: 'string', format: 'email' } } },
  }
  expect(faults(schemaOf({ rows }), { rows: [{ n: 1 }, { n: 'x', mail: 'nobody' }] })).toEqual({
    'rows.1.n': 'Give a whole number.',
    'rows.1.mail': 'Give a valid e-mail address.',
  })
})

test('a required field that was cleared is missing', () => {
  expect(faults(schemaOf({ name: { type: 'string' } }, ['name']), { name: undefined })).toEqual({
    name: 'Give a value.',
  })
})

test('arguments are sent in the order of the form', () => {
  const schema = schemaOf({ a: { type: 'string' }, b: { type: 'string' } }, [], ['b', 'a'])
  expect(Object.keys(argsToSend(schema, { extra: 1, a: 'x', b: 'y' }))).toEqual(['b', 'a', 'extra'])
})

test('absent arguments are not sent', () => {
  expect(argsToSend({}, { a: undefined, b: null, c: 0 })).toEqual({ b: null, c: 0 })
})

test('text that is no JSON is a string for a field of any type, and survives editing', () => {
  expect(parseJsonText('{"a":1}')).toEqual({ a: 1 })
  expect(parseJsonText('hello')).toBe('hello')
  expect(parseJsonText('  ')).toBeUndefined()
  expect(toJsonText('hello', 'any')).toBe('hello')
  expect(toJsonText('12', 'any')).toBe('"12"')
  expect(toJsonText({ a: 1 }, 'object')).toBe('{\n  "a": 1\n}')
})

test('a reference is no fault of any field, for what it stands for is known when the job runs', () => {
  const properties = {
    count: { type: 'integer', minimum: 3 },
    size: { type: 'string', enum: ['small'] },
    rows: { type: 'object', properties: { name: { type: 'string' } } },
    name: { type: 'string', maxLength: 5 },
  }
  const schema = toFormShape(schemaOf(properties)).schema
  const reference = '$var:u/ada/anything'
  expect(findFaults(schema, { count: reference, size: reference, rows: '$res:f/team/rows', name: reference })).toEqual(
    [],
  )
  expect(findFaults(schema, { name: `see ${reference}` })).toHaveLength(1)
})
