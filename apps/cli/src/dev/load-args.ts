import type { FormSchema } from '@millrace/contracts'
import { FileError, labelOf, place, readIfThere } from './metadata-file.ts'
import type { ScriptFile } from './script-file.ts'

/**
 * What a run is given: the script's `.args.json`, and for what is not there the defaults of its schema. Throws a `FileError`
 * for a file that is no JSON object, and for an argument that has no value.
 */
export async function loadArgs(script: ScriptFile, schema: FormSchema): Promise<Record<string, unknown>> {
  const label = labelOf(script, script.args)
  const args = { ...defaultsOf(schema), ...parseArgs(label, await readIfThere(script.args)) }
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(args, name))
  if (missing.length === 0) return args
  const verb = missing.length === 1 ? 'has' : 'have'
  throw new FileError(`${script.label}: not run, ${missing.join(', ')} ${verb} no value. Write it to ${label}.`)
}

/** A default that is null is one that only the script itself can compute. */
function defaultsOf(schema: FormSchema): Record<string, unknown> {
  const entries = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const value: unknown = typeof field === 'object' && field !== null && 'default' in field ? field.default : undefined
    return value === undefined || value === null ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}

function parseArgs(label: string, text: string | undefined): Record<string, unknown> {
  if (text === undefined || text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new FileError(place(label, lineOfFault(text), `is not JSON: ${describe(error)}.`))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new FileError(place(label, 1, 'must be a JSON object of arguments by name, such as {"name": "World"}.'))
}

/** The parser's words, without the source that it quotes. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/(, (\.\.\.)?"| in JSON at position ).*$/s, '')
}

/** The first line that makes the text wrong: the parser does not always tell. */
function lineOfFault(text: string): number {
  const lines = text.trimEnd().split('\n')
  const first = lines.findIndex((_, index) => isWrong(`${lines.slice(0, index + 1).join('\n')}\n`))
  return first < 0 ? lines.length : first + 1
}

/** Whether no continuation could make JSON of the text. */
function isWrong(start: string): boolean {
  try {
    JSON.parse(start)
    return false
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const position = /position (\d+)/.exec(message)?.[1]
    return !message.startsWith('Unexpected end') && (position === undefined || Number(position) < start.length)
  }
}
