import { z } from 'zod'

type Schema = Readonly<Record<string, unknown>>

/** An answer that matches its schema, or what is wrong with it, in words for the model. */
export type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

const FAULTS_TOLD = 10

/** Why a schema cannot be used to judge answers. */
export function whyNoSchema(schema: Schema): string | undefined {
  try {
    z.fromJSONSchema(schema)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Reads an answer that is to be JSON and to match a schema. */
export function checkOutput(schema: Schema, text: string): Checked {
  const written = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text
  let value: unknown
  try {
    value = JSON.parse(written)
  } catch {
    return { ok: false, message: 'The answer is no JSON. Answer with JSON that matches the schema, and nothing else.' }
  }
  const faults = findFaults(schema, value)
  if (faults.length === 0) return { ok: true, value }
  return {
    ok: false,
    message: `The answer does not match the schema: ${faults.join('; ')}. Answer again with JSON that does, and nothing else.`,
  }
}

/** What is wrong with a value by a schema; a schema that cannot be read finds nothing. */
export function findFaults(schema: Schema, value: unknown): readonly string[] {
  if (whyNoSchema(schema) !== undefined) return []
  const parsed = z.fromJSONSchema(schema).safeParse(value)
  if (parsed.success) return []
  return parsed.error.issues
    .slice(0, FAULTS_TOLD)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
}
