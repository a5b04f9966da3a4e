import { ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import { depthOf, insideBrackets, splitTokens, tokenize, type Token } from '../shared/tokens.ts'
import type { Arg, Signature } from '../signature.ts'
import { nameOf, readLiteral } from './literal.ts'
import { rules } from './tokens.ts'

const ASSIGNMENTS = ['<-', '=', '<<-']

/**
 * The parameters of `main <- function(…)` at the top level of an R source. There is no grammar of R here: a source counts
 * as broken when a text or a bracket is not closed, the rest is seen when it runs.
 */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  const tokens = tokenize(source, rules)
  return tokens.ok ? ok(readSignature(tokens.value)) : tokens
}

function readSignature(tokens: readonly Token[]): Signature {
  const hasPreprocessor = findParameters(tokens, 'preprocessor') !== undefined
  const parameters = findParameters(tokens, 'main')
  if (!parameters) return { ...librarySignature, hasPreprocessor }
  const parts = splitTokens(
    parameters.filter(({ kind }) => kind !== 'break'),
    ({ text }) => text === ',',
  )
  const isRest = (part: readonly Token[]) => part[0]?.text === '...'
  return {
    ...librarySignature,
    args: parts.filter((part) => !isRest(part)).flatMap(readArg),
    starKwargs: parts.some(isRest),
    autoKind: null,
    hasPreprocessor,
  }
}

/** Of the last function that is given this name at the top level. */
function findParameters(tokens: readonly Token[], name: string): readonly Token[] | undefined {
  let depth = 0
  let found: readonly Token[] | undefined
  for (const [at, token] of tokens.entries()) {
    depth += depthOf(token)
    if (depth !== 0 || nameOf(token) !== name || !ASSIGNMENTS.includes(tokens[at + 1]?.text ?? '')) continue
    const next = tokens.findIndex(({ kind }, index) => index > at + 1 && kind !== 'break')
    const isFunction = ['function', '\\'].includes(tokens[next]?.text ?? '')
    const open = tokens.findIndex(({ kind }, index) => index > next && kind !== 'break')
    if (isFunction && tokens[open]?.text === '(') found = insideBrackets(tokens, open).inside
  }
  return found
}

/** R has no types: that of a default counts. */
function readArg(part: readonly Token[]): Arg[] {
  const name = nameOf(part[0])
  if (name === undefined) return []
  if (part[1]?.text !== '=') return [requiredArg(name, 'unknown')]
  const literal = readLiteral(part.slice(2))
  return [optionalArg(name, literal?.typ ?? 'unknown', literal?.value ?? null)]
}
