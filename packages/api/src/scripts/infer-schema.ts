import { Problem } from '@millrace/base/problem'
import { err, ok, type Result } from '@millrace/base/result'
import type { FormSchema } from '@millrace/contracts'
import { findRuntime, loadGrammarOf, toSchema, type Runtime } from '@millrace/runtimes'

/** What a source says of itself. */
export interface Inferred {
  readonly schema: FormSchema
  readonly autoKind: 'lib' | 'wac' | null
  readonly hasPreprocessor: boolean
}

/** Why it cannot be read; `line` counts from 1. */
export interface InferenceError {
  readonly message: string
  readonly line: number | undefined
}

/** The form that a source asks for, with what people added to the one before it; throws `script.unknown_language`. */
export async function inferSchema(
  language: string,
  content: string,
  previous?: FormSchema,
): Promise<Result<Inferred, InferenceError>> {
  const runtime = requireRuntime(language)
  await loadGrammarOf(runtime)
  const parsed = runtime.parseSignature(content)
  if (!parsed.ok) return err(parsed.error)
  const { autoKind, hasPreprocessor } = parsed.value
  return ok({ schema: toSchema(parsed.value, previous), autoKind, hasPreprocessor })
}

/** The runtime of a language; throws `script.unknown_language`. */
export function requireRuntime(language: string): Runtime {
  const runtime = findRuntime(language)
  if (!runtime)
    throw new Problem(
      'script.unknown_language',
      `"${language.slice(0, 50)}" is no language of this server: see GET /api/languages.`,
    )
  return runtime
}
