import { err, ok, type Result } from '@millrace/base/result'
import type { SignatureProblem } from '../runtime.ts'

/** The smallest part of a source that means something; `line` counts from 1. */
export interface Token {
  readonly kind: string
  readonly text: string
  readonly line: number
}

/**
 * How a language without a grammar here is cut into tokens: the first pattern that matches is the kind. Patterns are
 * sticky. What is `blank` is left out, and what is `broken` is a problem with these words.
 */
export interface TokenRules {
  readonly kinds: readonly (readonly [kind: string, pattern: RegExp])[]
  readonly broken: readonly (readonly [message: string, pattern: RegExp])[]
}

const CLOSED_BY: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** The tokens of a source whose texts and brackets are all closed. */
export function tokenize(source: string, rules: TokenRules): Result<readonly Token[], SignatureProblem> {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  while (at < source.length) {
    const token = nextToken(source, at, rules)
    if (!token.ok) return err({ message: `${token.error} on line ${line}`, line })
    if (token.value.kind !== 'blank') tokens.push({ ...token.value, line })
    at += token.value.text.length
    line += token.value.text.split('\n').length - 1
  }
  const problem = findOpenBracket(tokens)
  return problem ? err(problem) : ok(tokens)
}

/** The tokens between the bracket at `open` and its partner, and where that stands. */
export function insideBrackets(
  tokens: readonly Token[],
  open: number,
): { readonly inside: readonly Token[]; readonly end: number } {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    depth += depthOf(tokens[at])
    if (depth === 0) return { inside: tokens.slice(open + 1, at), end: at }
  }
  return { inside: tokens.slice(open + 1), end: tokens.length }
}

/** Parts between tokens that separate them and stand in no further bracket; empty parts are left out. */
export function splitTokens(tokens: readonly Token[], isSeparator: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    depth += depthOf(token)
    if (depth === 0 && isSeparator(token)) parts.push([])
    else parts.at(-1)?.push(token)
  }
  return parts.filter((part) => part.length > 0)
}

/** 1 for a bracket that opens, -1 for one that closes. */
export function depthOf(token: Token | undefined): number {
  if (token?.kind !== 'sign') return 0
  if (token.text in CLOSED_BY) return 1
  return Object.values(CLOSED_BY).includes(token.text) ? -1 : 0
}

function nextToken(
  source: string,
  at: number,
  rules: TokenRules,
): Result<{ readonly kind: string; readonly text: string }, string> {
  for (const [kind, pattern] of rules.kinds) {
    const text = matchAt(source, at, pattern)
    if (text) return ok({ kind, text })
  }
  for (const [message, pattern] of rules.broken) if (matchAt(source, at, pattern)) return err(message)
  return ok({ kind: 'sign', text: source[at] ?? '' })
}

function matchAt(source: string, at: number, pattern: RegExp): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function findOpenBracket(tokens: readonly Token[]): SignatureProblem | undefined {
  const open: Token[] = []
  for (const token of tokens) {
    const depth = depthOf(token)
    if (depth > 0) open.push(token)
    if (depth >= 0) continue
    const partner = open.pop()
    if (partner && CLOSED_BY[partner.text] === token.text) continue
    return { message: `syntax error on line ${token.line} near "${token.text}"`, line: token.line }
  }
  const last = open.at(-1)
  return last && { message: `syntax error: "${last.text}" of line ${last.line} is never closed`, line: last.line }
}
