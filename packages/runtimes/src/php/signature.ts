import { err, ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { readLiteral } from './literal.ts'
import { TypeReader } from './type-reader.ts'

const grammar = declareGrammar('php')

/** The parameters of the function `main` of a PHP source, which may be in a namespace. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    if (problem) return err(problem)
    // Without the tag all of it is text to be printed.
    const isText = !root.descendantsOfType('php_tag').length && source.trim() !== ''
    return isText ? err({ message: 'a PHP script begins with <?php', line: 1 }) : ok(readSignature(root))
  })
}

function readSignature(root: Node): Signature {
  const statements = partsOf(root).flatMap(statementsOf)
  const hasPreprocessor = statements.some((node) => isFunctionNamed(node, 'preprocessor'))
  const main = statements.find((node) => isFunctionNamed(node, 'main'))
  if (!main) return { ...librarySignature, hasPreprocessor }

  const types = new TypeReader(statements)
  const parameters = partsOf(main.childForFieldName('parameters') ?? main)
  const simple = parameters.filter(({ type }) => type === 'simple_parameter')
  // It takes arguments of any name, and there is no way to give it one without.
  const starKwargs = simple.length < parameters.length
  const lastRequired = simple.findLastIndex((parameter) => !parameter.childForFieldName('default_value'))
  const args = simple.map((parameter, index) => readArg(parameter, types, index < lastRequired))
  return { ...librarySignature, args, starKwargs, autoKind: null, hasPreprocessor }
}

/** A namespace in braces counts as what is in it. */
function statementsOf(node: Node): Node[] {
  const body = node.type === 'namespace_definition' ? node.childForFieldName('body') : null
  return body ? partsOf(body) : [node]
}

/** Names of functions are the same in capitals. */
function isFunctionNamed(node: Node, name: string): boolean {
  return node.type === 'function_definition' && node.childForFieldName('name')?.text.toLowerCase() === name
}

/** A default counts for nothing when a required parameter comes after it, except that null makes a type nullable. */
function readArg(parameter: Node, types: TypeReader, isBeforeRequired: boolean): Arg {
  const name = parameter.childForFieldName('name')?.text.replace(/^\$/, '') ?? ''
  const type = parameter.childForFieldName('type')
  const value = parameter.childForFieldName('default_value')
  const declared = type ? types.read(type) : undefined
  const literal = value ? readLiteral(value) : undefined

  const typ = declared && !isKeyed(declared.typ, literal?.typ) ? declared.typ : (literal?.typ ?? 'unknown')
  const isNullable = declared?.isNullable === true || value?.type === 'null'
  if (!isNullable && (!value || isBeforeRequired)) return requiredArg(name, typ)
  const known = value && !isBeforeRequired ? (literal?.value ?? types.readCase(value)) : undefined
  return optionalArg(name, typ, known ?? null)
}

/** An `array` is a list, but one whose default has keys is an object. */
function isKeyed(declared: Arg['typ'], literal: Arg['typ'] | undefined): boolean {
  return typeof declared === 'object' && 'list' in declared && typeof literal === 'object' && 'object' in literal
}
