import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'

const grammar = declareGrammar('bash')

/** An argument of a Bash script and its position, from 1. */
export interface PositionalArg {
  readonly position: number
  readonly arg: Arg
}

/** The positional parameters that a script assigns to variables at its top level: `name="$1"`, `city="${2:-Rome}"`. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    if (problem) return { ok: false, error: problem }
    return ok({ ...librarySignature, autoKind: null, args: readPositions(root).map(({ arg }) => arg) })
  })
}

/** The same with the positions, by which the script is called; what of a broken source can be read. */
export function findPositions(source: string): readonly PositionalArg[] {
  return grammar.parse(source, readPositions)
}

function readPositions(root: Node): PositionalArg[] {
  const found = new Map<number, PositionalArg>()
  for (const assignment of partsOf(root).flatMap(assignmentsOf)) {
    const read = readAssignment(assignment)
    if (read && !found.has(read.position)) found.set(read.position, read)
  }
  return [...found.values()].sort((one, other) => one.position - other.position)
}

/** `x="$1"`, `x="$1" y="$2"`, `export x="$1"`. */
function assignmentsOf(node: Node): Node[] {
  if (node.type === 'variable_assignment') return [node]
  if (node.type !== 'declaration_command' && node.type !== 'variable_assignments') return []
  return partsOf(node).filter((part) => part.type === 'variable_assignment')
}

function readAssignment(assignment: Node): PositionalArg | undefined {
  const name = assignment.childForFieldName('name')?.text
  const value = assignment.childForFieldName('value')
  const parts = value?.type === 'string' ? partsOf(value) : []
  const [expansion] = parts
  if (name === undefined || !expansion || parts.length > 1 || value?.text.length !== expansion.text.length + 2) {
    return undefined
  }
  const plain = /^\$(?:([1-9])|\{([1-9]\d*)(?::?\?.*)?\})$/s.exec(expansion.text)
  if (plain) return { position: Number(plain[1] ?? plain[2]), arg: requiredArg(name, { str: null }) }
  const [, position, fallback] = /^\$\{([1-9]\d*):?-(.*)\}$/s.exec(expansion.text) ?? []
  if (position === undefined || fallback === undefined) return undefined
  return { position: Number(position), arg: optionalArg(name, { str: null }, readFallback(fallback)) }
}

/** The text of a default; one that has to be expanded is not known ahead. */
function readFallback(text: string): string | null {
  const quoted = /^"(.*)"$/s.exec(text) ?? /^'(.*)'$/s.exec(text)
  const plain = quoted?.[1] ?? text
  if (/(?<!\\)[$`]/.test(plain)) return null
  return plain.replaceAll(/\\(["$`\\])/g, '$1')
}
