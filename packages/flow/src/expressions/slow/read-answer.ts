import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core'
import { refused, toFault, type GuestError } from './guest-fault.ts'
import type { GuestAnswer, GuestFault, GuestLimits } from './guest-task.ts'

/** What the prelude said. The expression may have changed what JSON text is made with, so nothing of its shape is trusted. */
export function readAnswer(context: QuickJSContext, said: QuickJSHandle, limits: GuestLimits): GuestAnswer {
  if (context.typeof(said) !== 'string')
    return refused('timeout', 'it waits for a promise that nothing will ever settle')
  const text = context.getString(said)
  const content = text.slice(1)
  switch (text[0]) {
    case 'V':
      return { kind: 'value', text: content }
    case 'N':
      return readNeeds(content)
    case 'J':
      return refused('not_json', `its result cannot be said in JSON: ${content}`)
    default:
      return toFault(errorOf(content), limits)
  }
}

/** An error that the engine gave to us, not to the expression. */
export function readError(context: QuickJSContext, error: QuickJSHandle, limits: GuestLimits): GuestFault {
  const [name, message, stack] = ['name', 'message', 'stack'].map((key) => {
    const value = context.getProp(error, key)
    return context.typeof(value) === 'string' ? context.getString(value) : ''
  })
  return toFault({ name: name ?? '', message: message ?? '', stack: stack ?? '' }, limits)
}

function readNeeds(json: string): GuestAnswer {
  const [variables, resources] = [strings(json, 'variables'), strings(json, 'resources')]
  if (variables.length + resources.length > 0) return { kind: 'needs', variables, resources }
  return refused('threw', 'what it asks for by variable() or resource() cannot be said')
}

function strings(json: string, key: string): readonly string[] {
  const list = field(json, key)
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
}

function errorOf(json: string): GuestError {
  return {
    name: stringIn(json, 'name'),
    message: stringIn(json, 'message'),
    stack: stringIn(json, 'stack'),
  }
}

function stringIn(json: string, key: string): string {
  const value = field(json, key)
  return typeof value === 'string' ? value : ''
}

function field(json: string, key: string): unknown {
  const value = parseOrNull(json)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Readonly<Record<string, unknown>>)[key]
}

function parseOrNull(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return null
  }
}
