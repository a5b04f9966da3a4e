import { err, ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { withoutDirectives } from './directives.ts'
import { readLiteral } from './literal.ts'
import { TypeReader } from './type-reader.ts'

const grammar = declareGrammar('c-sharp')

/** The parameters of the static method `Main` of any class of a C# source; the first public one counts. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(withoutDirectives(source), (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? err(problem) : ok(readSignature(root))
  })
}

function readSignature(root: Node): Signature {
  const methods = root.descendantsOfType('method_declaration').filter((node): node is Node => node !== null)
  const statics = methods.filter((method) => hasModifier(method, 'static'))
  const named = (name: string) => statics.filter((method) => method.childForFieldName('name')?.text === name)
  const hasPreprocessor = named('preprocessor').length > 0
  const mains = named('Main')
  const main = mains.find((method) => hasModifier(method, 'public')) ?? mains[0]
  if (!main) return { ...librarySignature, hasPreprocessor }

  const types = new TypeReader(root)
  const list = main.childForFieldName('parameters')
  const parameters = list ? partsOf(list).filter(({ type }) => type === 'parameter') : []
  const args = parameters.map((parameter) => readArg(parameter, types))
  const rest = list ? readRest(list, types) : []
  return { ...librarySignature, args: [...args, ...rest], autoKind: null, hasPreprocessor }
}

function hasModifier(node: Node, word: string): boolean {
  return partsOf(node).some((part) => part.type === 'modifier' && part.text === word)
}

/** A default is kept for the form, but the argument is one that callers give: `hasDefault` stays false. */
function readArg(parameter: Node, types: TypeReader): Arg {
  const name = nameOf(parameter)
  const { typ, isNullable } = types.read(parameter.childForFieldName('type'))
  const children = parameter.children.filter((child): child is Node => child !== null)
  const sign = children.findIndex((child) => child.type === '=')
  const value = sign < 0 ? undefined : children[sign + 1]
  const known = value ? (readLiteral(value)?.value ?? types.readCase(value) ?? null) : null
  if (isNullable) return optionalArg(name, typ, known)
  return { ...requiredArg(name, typ), default: known }
}

/** `params string[] rest` stands in the list itself, without a node of its own. */
function readRest(list: Node, types: TypeReader): Arg[] {
  const type = list.childForFieldName('type')
  return type ? [requiredArg(nameOf(list), types.read(type).typ)] : []
}

/** `@class` is the name `class`. */
function nameOf(node: Node): string {
  return (node.childForFieldName('name')?.text ?? '').replace(/^@/, '')
}
