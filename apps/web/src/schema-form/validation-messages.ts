import type { RJSFValidationError } from '@rjsf/utils'

/** Faults in words that say what to do; those that only repeat another one are dropped. */
export function toReadableErrors(errors: readonly RJSFValidationError[]): RJSFValidationError[] {
  return errors
    .filter((error) => error.name !== 'if' && error.name !== 'allOf')
    .map((error) => ({ ...error, message: readable(error) }))
}

function readable(error: RJSFValidationError): string {
  const params: Readonly<Record<string, unknown>> = error.params ?? {}
  switch (error.name) {
    case 'required':
      return 'Give a value.'
    case 'type':
      return `Give ${article(String(params['type']))}.`
    case 'enum':
      return 'Choose one of the values.'
    case 'minimum':
    case 'maximum':
      return `Give a number ${String(params['comparison'])} ${String(params['limit'])}.`
    case 'format':
      return `Give a valid ${String(params['format'])}.`
    case 'pattern':
      return `Give a text that matches ${String(params['pattern'])}.`
    case 'minLength':
      return `Give at least ${String(params['limit'])} characters.`
    case 'maxLength':
      return `Give at most ${String(params['limit'])} characters.`
    default:
      return error.message ?? 'This value is not accepted.'
  }
}

const WORDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list, as JSON: [1, 2]',
  object: 'an object, as JSON: {"name": "value"}',
}

function article(type: string): string {
  return WORDS[type] ?? `a value of type ${type}`
}
