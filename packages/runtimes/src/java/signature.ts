import { err, ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { javaPartsOf } from './syntax.ts'
import { TypeReader } from './type-reader.ts'

const grammar = declareGrammar('java')
const CLASS = 'Main'

/** The parameters of the static method `main` of the class `Main` of a Java source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? err(problem) : ok(readSignature(root))
  })
}

/** The full name of the class of `main`: a source may have a package. */
export function readMainClass(source: string): string {
  return grammar.parse(source, (root) => {
    const declaration = javaPartsOf(root).find(({ type }) => type === 'package_declaration')
    const name = declaration && javaPartsOf(declaration).at(-1)?.text
    return name === undefined ? CLASS : `${name}.${CLASS}`
  })
}

function readSignature(root: Node): Signature {
  const types = ['class_declaration', 'record_declaration', 'enum_declaration', 'interface_declaration']
  const holder = javaPartsOf(root).find(
    (node) => types.includes(node.type) && node.childForFieldName('name')?.text === CLASS,
  )
  const body = holder?.childForFieldName('body')
  const methods = (body ? javaPartsOf(body) : []).filter(isStaticMethod)
  const named = (name: string) => methods.filter((method) => method.childForFieldName('name')?.text === name)
  const hasPreprocessor = named('preprocessor').length > 0
  const mains = named('main')
  const main = mains.find((method) => modifiersOf(method).includes('public')) ?? mains[0]
  if (!main) return { ...librarySignature, hasPreprocessor }

  const reader = new TypeReader(root)
  const parameters = javaPartsOf(main.childForFieldName('parameters') ?? main)
  const args = parameters.filter(({ type }) => type !== 'receiver_parameter').map((each) => readArg(each, reader))
  return { ...librarySignature, args, autoKind: null, hasPreprocessor }
}

function isStaticMethod(node: Node): boolean {
  return node.type === 'method_declaration' && modifiersOf(node).includes('static')
}

function modifiersOf(node: Node): readonly string[] {
  return (
    javaPartsOf(node)
      .find(({ type }) => type === 'modifiers')
      ?.children.map((child) => child?.type ?? '') ?? []
  )
}

function readArg(parameter: Node, types: TypeReader): Arg {
  if (parameter.type === 'spread_parameter') {
    const [type, declarator] = javaPartsOf(parameter).filter((part) => part.type !== 'modifiers')
    return requiredArg(declarator?.childForFieldName('name')?.text ?? '', { list: types.read(type).typ })
  }
  const name = parameter.childForFieldName('name')?.text ?? ''
  const { typ, isNullable } = types.read(parameter.childForFieldName('type'))
  // `int x[]` is an array too.
  const isArray = parameter.childForFieldName('dimensions') !== null
  if (isArray) return requiredArg(name, { list: typ })
  return isNullable ? optionalArg(name, typ) : requiredArg(name, typ)
}
