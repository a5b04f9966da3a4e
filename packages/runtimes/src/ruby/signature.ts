import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { readLiteral } from './literal.ts'

const grammar = declareGrammar('ruby')

/** The parameters of the method `main` at the top level of a Ruby source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? { ok: false, error: problem } : ok(readSignature(root))
  })
}

/** What is in the block of `gemfile do … end`, and above it the annotation that names a file of the workspace. */
export function findGemfile(source: string): string | undefined {
  return grammar.parse(source, (root) => {
    const call = partsOf(root).find(
      (node) => node.type === 'call' && node.childForFieldName('method')?.text === 'gemfile',
    )
    const block = call?.childForFieldName('block')
    return block ? (block.childForFieldName('body')?.text ?? '') : undefined
  })
}

function readSignature(root: Node): Signature {
  const methods = partsOf(root).flatMap(methodsOf)
  const hasPreprocessor = methods.some((method) => isNamed(method, 'preprocessor'))
  // Of two, Ruby calls the last.
  const main = methods.findLast((method) => isNamed(method, 'main'))
  if (!main) return { ...librarySignature, hasPreprocessor }

  const list = main.childForFieldName('parameters')
  const parameters = list ? partsOf(list).filter(isParameter) : []
  const kinds = parameters.map(({ type }) => type)
  return {
    ...librarySignature,
    args: parameters.flatMap(readArg),
    starArgs: kinds.includes('splat_parameter') || kinds.includes('forward_parameter'),
    starKwargs: kinds.includes('hash_splat_parameter') || kinds.includes('forward_parameter'),
    autoKind: null,
    hasPreprocessor,
  }
}

/** `def main`, `def self.main`, `private def main`. */
function methodsOf(node: Node): Node[] {
  if (node.type === 'method' || node.type === 'singleton_method') return [node]
  const given = node.type === 'call' ? node.childForFieldName('arguments') : null
  return given ? partsOf(given).filter(({ type }) => type === 'method') : []
}

function isNamed(method: Node, name: string): boolean {
  return method.childForFieldName('name')?.text === name
}

function isParameter({ type }: Node): boolean {
  return type === 'identifier' || type.endsWith('_parameter')
}

/** Ruby has no types: that of a default counts. */
function readArg(parameter: Node): Arg[] {
  const name = parameter.type === 'identifier' ? parameter.text : (parameter.childForFieldName('name')?.text ?? '')
  const value = parameter.childForFieldName('value')
  switch (parameter.type) {
    case 'identifier':
      return [requiredArg(name, 'unknown')]
    case 'optional_parameter':
    case 'keyword_parameter': {
      if (!value) return [requiredArg(name, 'unknown')]
      const literal = readLiteral(value)
      return [optionalArg(name, literal?.typ ?? 'unknown', literal?.value ?? null)]
    }
    default:
      return []
  }
}
