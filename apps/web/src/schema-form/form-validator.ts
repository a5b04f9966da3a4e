import { Validator, type OutputUnit } from '@cfworker/json-schema'
import { parseReference } from '../data/reference.ts'
import { toErrorSchema, type RJSFSchema, type RJSFValidationError, type ValidatorType } from '@rjsf/utils'

/** A fault of one value: where it is, as names from the root, and what to do about it. */
export interface FormFault {
  readonly path: readonly string[]
  readonly message: string
}

/** The faults of a form's data, in words. The schema is interpreted, for our pages may not evaluate generated code. */
export function findFaults(schema: RJSFSchema, data: unknown): readonly FormFault[] {
  const instance = withoutUndefined(data)
  const { errors } = validate(schema, instance)
  // What a reference stands for is known when the job runs.
  const faults = errors
    .flatMap((error) => toFaults(error, schema, instance))
    .filter(({ path }) => !parseReference(valueAt(instance, path)))
  return faults.filter((fault, index) => faults.findIndex((other) => isSameFault(other, fault)) === index)
}

/** What the form library asks of a validator. */
export const formValidator: ValidatorType = {
  validateFormData(formData: unknown, schema) {
    const errors = findFaults(schema, formData).map(toLibraryError)
    return { errors, errorSchema: toErrorSchema(errors) }
  },
  isValid: (schema, formData: unknown) => validate(schema, withoutUndefined(formData)).valid,
  rawValidation: () => ({}),
}

function validate(schema: RJSFSchema, instance: unknown) {
  // Draft 2020-12 holds for all that signatures yield; the two libraries only name the same type differently.
  return new Validator(JSON.parse(JSON.stringify(schema)), '2020-12', false).validate(instance)
}

/** JSON has no undefined: what is absent is left out, as it is when sent. */
function withoutUndefined(data: unknown): unknown {
  return data === undefined ? {} : JSON.parse(JSON.stringify(data))
}

function toFaults(error: OutputUnit, schema: RJSFSchema, instance: unknown): readonly FormFault[] {
  const path = pointerParts(error.instanceLocation)
  const limit = valueAt(schema, pointerParts(error.keywordLocation))
  if (error.keyword === 'required')
    return missingNames(limit, valueAt(instance, path)).map((name) => ({
      path: [...path, name],
      message: 'Give a value.',
    }))
  const message = messageOf(error.keyword, limit)
  return message === undefined ? [] : [{ path, message }]
}

/** Keywords that only repeat what a nested one says have no message. */
function messageOf(keyword: string, limit: unknown): string | undefined {
  const value = String(limit)
  switch (keyword) {
    case 'type':
      return `Give ${TYPES[value] ?? `a value of type ${value}`}.`
    case 'enum':
    case 'const':
      return 'Choose one of the values.'
    case 'minimum':
      return `Give a number not below ${value}.`
    case 'maximum':
      return `Give a number not above ${value}.`
    case 'format':
      return `Give a valid ${value === 'email' ? 'e-mail address' : value}.`
    case 'pattern':
      return `Give a text that matches ${value}.`
    case 'minLength':
      return `Give at least ${value} characters.`
    case 'maxLength':
      return `Give at most ${value} characters.`
    default:
      return undefined
  }
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list, as JSON: [1, 2]',
  object: 'an object, as JSON: {"name": "value"}',
}

function missingNames(required: unknown, instance: unknown): readonly string[] {
  if (!Array.isArray(required) || typeof instance !== 'object' || instance === null) return []
  return required.map(String).filter((name) => !(name in instance))
}

function toLibraryError({ path, message }: FormFault): RJSFValidationError {
  const property = path.map((part) => `.${part}`).join('')
  return { property, message, stack: `${property} ${message}` }
}

function isSameFault(left: FormFault, right: FormFault): boolean {
  return left.message === right.message && left.path.join('/') === right.path.join('/')
}

/** The names in a JSON pointer such as `#/a/b~1c`. */
function pointerParts(pointer: string): readonly string[] {
  const parts = pointer.replace(/^#\/?/, '').split('/')
  return parts
    .filter((part) => part !== '')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    root,
  )
}
