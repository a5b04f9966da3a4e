import { describe, expect, test } from 'vitest'
import { toSchema } from './schema.ts'
import { librarySignature, optionalArg, requiredArg } from './shared/signatures.ts'
import type { Arg, ArgType } from './signature.ts'

function schemaOf(...args: readonly Arg[]): ReturnType<typeof toSchema> {
  return toSchema({ ...librarySignature, args })
}

function fieldOf(typ: ArgType): unknown {
  return schemaOf(requiredArg('x', typ)).properties?.['x']
}

const text: ArgType = { str: null }
const props = [
  { key: 'a', typ: text },
  { key: 'b', typ: 'int' as const },
]
const properties = { a: { type: 'string', originalType: 'string' }, b: { type: 'integer' } }

describe('types', () => {
  test.each<[string, ArgType, unknown]>([
    ['int', 'int', { type: 'integer' }],
    ['float', 'float', { type: 'number' }],
    ['bool', 'bool', { type: 'boolean' }],
    ['text', text, { type: 'string', originalType: 'string' }],
    ['choice', { str: ['a', 'b'] }, { type: 'string', enum: ['a', 'b'], originalType: 'enum' }],
    ['email', 'email', { type: 'string', format: 'email' }],
    ['sql', 'sql', { type: 'string', format: 'sql' }],
    ['yaml', 'yaml', { type: 'string', format: 'yaml' }],
    ['bytes', 'bytes', { type: 'string', contentEncoding: 'base64', originalType: 'bytes' }],
    ['datetime', 'datetime', { type: 'string', format: 'date-time' }],
    ['date', 'date', { type: 'string', format: 'date' }],
    ['unknown', 'unknown', { type: 'object' }],
    ['resource', { resource: 'postgresql' }, { type: 'object', format: 'resource-postgresql' }],
    ['dynamic select', { dynselect: 'f' }, { type: 'object', format: 'dynselect-f' }],
    ['dynamic multiselect', { dynmultiselect: 'f' }, { type: 'object', format: 'dynmultiselect-f' }],
    ['any object', { object: { name: null, props: [] } }, { type: 'object' }],
    ['object', { object: { name: null, props } }, { type: 'object', properties }],
    ['named object', { object: { name: 'foo', props } }, { type: 'object', properties, format: 'resource-foo' }],
    ['list of int', { list: 'int' }, { type: 'array', items: { type: 'number' }, originalType: 'number[]' }],
    ['list of float', { list: 'float' }, { type: 'array', items: { type: 'number' }, originalType: 'number[]' }],
    ['list of texts', { list: text }, { type: 'array', items: { type: 'string' }, originalType: 'string[]' }],
    [
      'list of choices',
      { list: { str: ['a'] } },
      { type: 'array', items: { type: 'string', enum: ['a'] }, originalType: 'enum[]' },
    ],
    [
      'list of bytes',
      { list: 'bytes' },
      { type: 'array', items: { type: 'string', contentEncoding: 'base64' }, originalType: 'bytes[]' },
    ],
    [
      'list of resources',
      { list: { resource: 'x' } },
      { type: 'array', items: { type: 'resource', resourceType: 'x' }, originalType: 'resource[]' },
    ],
    [
      'list of objects',
      { list: { object: { name: null, props } } },
      { type: 'array', items: { type: 'object', properties }, originalType: 'record[]' },
    ],
    [
      'list of named objects',
      { list: { object: { name: 'foo', props: [] } } },
      { type: 'array', items: { type: 'object' }, originalType: 'record[]', format: 'resource-foo' },
    ],
    ['list of bool', { list: 'bool' }, { type: 'array', items: { type: 'object' }, originalType: 'object[]' }],
    ['list of lists', { list: { list: text } }, { type: 'array', items: { type: 'object' }, originalType: 'object[]' }],
    [
      'one of',
      { oneof: [{ label: 'a', properties: props }] },
      { type: 'object', oneOf: [{ type: 'object', title: 'a', properties }] },
    ],
  ])('%s', (_name, typ, field) => {
    expect(fieldOf(typ)).toEqual(field)
  })
})

describe('the whole', () => {
  test('order is that of the parameters, required are those without default', () => {
    expect(schemaOf(requiredArg('b', 'int'), optionalArg('a', text, 'x'), requiredArg('c', 'bool'))).toEqual({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        b: { type: 'integer' },
        a: { type: 'string', originalType: 'string', default: 'x' },
        c: { type: 'boolean' },
      },
      required: ['b', 'c'],
      order: ['b', 'a', 'c'],
    })
  })

  test('what the language shows of an argument is its description', () => {
    const schema = schemaOf({ ...requiredArg('a', 'int'), otyp: 'how many' })
    expect(schema.properties?.['a']).toEqual({ type: 'integer', description: 'how many' })
  })

  test('an argument may have the name of a prototype', () => {
    expect(Object.keys(schemaOf(requiredArg('__proto__', 'int')).properties ?? {})).toEqual(['__proto__'])
  })
})

describe('a schema that was edited', () => {
  const again = (typ: ArgType, edited: unknown) =>
    toSchema({ ...librarySignature, args: [requiredArg('x', typ)] }, { properties: { x: edited } }).properties?.['x']

  test('keeps descriptions and the like', () => {
    const edits = { description: 'how many', min: 1, max: 3, title: 'Count', showExpr: 'fields.y' }
    expect(again('int', { type: 'string', ...edits })).toEqual({ type: 'integer', ...edits })
  })

  test('keeps choices and format of a plain text, not of a choice that the code has', () => {
    const edited = { type: 'string', enum: ['a'], format: 'email', password: true }
    expect(again(text, edited)).toMatchObject(edited)
    expect(again({ str: ['b'] }, edited)).toMatchObject({ enum: ['b'] })
  })

  test('keeps the type that was given to what the code leaves open', () => {
    expect(again('unknown', { type: 'string' })).toEqual({ type: 'string' })
  })

  test('keeps all that may be added to a field, when the code is as it was', () => {
    const edits = {
      description: 'a place',
      pattern: '^[a-z]+$',
      customErrorMessage: 'small letters',
      title: 'City',
      placeholder: 'paris',
      dateFormat: 'dd-MM-yyyy',
      currency: 'EUR',
      currencyLocale: 'fr-FR',
      multiselect: true,
      required: ['a'],
      order: ['b', 'a'],
      password: false,
      enum: ['paris'],
      format: 'uri',
    }
    const edited = { type: 'string', originalType: 'string', ...edits }
    expect(again(text, edited)).toEqual(edited)
  })

  test('keeps the choices that were given to what the code leaves open', () => {
    expect(again('unknown', { type: 'string', enum: ['a'] })).toEqual({ type: 'string', enum: ['a'] })
    const list = { type: 'array', items: { type: 'string', enum: ['a'] } }
    expect(again('unknown', list)).toEqual(list)
  })

  test('keeps the items of a list of texts', () => {
    const edited = { type: 'array', items: { type: 'string', enum: ['a'] }, originalType: 'string[]' }
    expect(again({ list: text }, edited)).toEqual(edited)
    expect(again({ list: 'int' }, edited)).toMatchObject({ items: { type: 'number' } })
  })

  test('takes choices and items of the code for no edits, when the code drops them', () => {
    expect(again(text, fieldOf({ str: ['a'] }))).toEqual(fieldOf(text))
    expect(again(text, fieldOf('bytes'))).toEqual(fieldOf(text))
    for (const typ of ['int' as const, 'bytes' as const, { str: ['a'] }, { resource: 'x' }, 'bool' as const])
      expect(again({ list: text }, fieldOf({ list: typ }))).toEqual(fieldOf({ list: text }))
  })

  test('loses what the code no longer has', () => {
    expect(toSchema(librarySignature, { properties: { x: { type: 'string' } } }).properties).toEqual({})
  })
})
