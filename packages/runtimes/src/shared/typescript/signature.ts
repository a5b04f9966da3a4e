import { ok, type Result } from '@millrace/base/result'
import { findSyntaxProblem, partsOf, problemAt, type Node } from '../../grammar.ts'
import type { SignatureProblem } from '../../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../signatures.ts'
import type { Arg, Signature } from '../../signature.ts'
import { typescriptGrammar } from './grammar.ts'
import { readLiteral } from './literal.ts'
import { TypeReader } from './type-reader.ts'

const FUNCTIONS = new Set(['function_declaration', 'generator_function_declaration'])
const INLINE_FUNCTIONS = new Set(['arrow_function', 'function_expression', 'generator_function'])

/** The parameters of the exported function `main` of a TypeScript source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return typescriptGrammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? { ok: false, error: problem } : readSignature(root)
  })
}

function readSignature(root: Node): Result<Signature, SignatureProblem> {
  const exported = partsOf(root).flatMap(exportedDeclaration)
  const hasPreprocessor = exported.some((node) => isFunctionNamed(node, 'preprocessor'))
  const types = new TypeReader(root)

  const main = exported.find((node) => isFunctionNamed(node, 'main'))
  if (main) return readParameters(main, types, { ...librarySignature, autoKind: null, hasPreprocessor })
  const workflow = exported.find(isMainVariable)
  const body = workflow && findWorkflow(workflow)
  if (body) return readParameters(body, types, { ...librarySignature, autoKind: 'wac', hasPreprocessor })
  return ok({ ...librarySignature, hasPreprocessor })
}

/** The exported functions of a source by name, each as if it were `main`; empty where it does not parse. */
export function readFunctions(source: string): ReadonlyMap<string, Signature> {
  return typescriptGrammar.parse(source, (root) => {
    const functions = new Map<string, Signature>()
    if (root.hasError) return functions
    const types = new TypeReader(root)
    for (const { name, node } of partsOf(root).flatMap(exportedDeclaration).flatMap(namedFunctions)) {
      const read = readParameters(node, types, { ...librarySignature, autoKind: null })
      if (read.ok) functions.set(name, read.value)
    }
    return functions
  })
}

/** `function f() {}` and `const f = () => {}`. */
function namedFunctions(declaration: Node): { readonly name: string; readonly node: Node }[] {
  const name = declaration.childForFieldName('name')?.text
  if (FUNCTIONS.has(declaration.type) && name !== undefined) return [{ name, node: declaration }]
  if (declaration.type !== 'lexical_declaration') return []
  return partsOf(declaration).flatMap((declarator) => {
    const value = declarator.childForFieldName('value')
    const named = declarator.childForFieldName('name')?.text
    return value && named !== undefined && INLINE_FUNCTIONS.has(value.type) ? [{ name: named, node: value }] : []
  })
}

function exportedDeclaration(node: Node): Node[] {
  if (node.type !== 'export_statement' || node.children.some((child) => child?.type === 'default')) return []
  const declaration = node.childForFieldName('declaration')
  return declaration ? [declaration] : []
}

function isFunctionNamed(node: Node, name: string): boolean {
  return FUNCTIONS.has(node.type) && node.childForFieldName('name')?.text === name
}

function isMainVariable(node: Node): boolean {
  if (node.type !== 'lexical_declaration') return false
  return partsOf(node).some((declarator) => declarator.childForFieldName('name')?.text === 'main')
}

/** The function given to `workflow(…)` in `const main = workflow(…)`. */
function findWorkflow(declaration: Node): Node | undefined {
  const declarator = partsOf(declaration).find((part) => part.childForFieldName('name')?.text === 'main')
  const call = declarator?.childForFieldName('value')
  if (call?.type !== 'call_expression') return undefined
  const called = call.childForFieldName('function')?.text ?? ''
  if (called.split('.').at(-1) !== 'workflow') return undefined
  const given = call.childForFieldName('arguments')
  return given ? partsOf(given).find((argument) => INLINE_FUNCTIONS.has(argument.type)) : undefined
}

function readParameters(node: Node, types: TypeReader, rest: Signature): Result<Signature, SignatureProblem> {
  const args: Arg[] = []
  const parameters = node.childForFieldName('parameters')
  // `async x => …` has a bare parameter.
  const bare = node.childForFieldName('parameter')
  if (bare) args.push(requiredArg(bare.text, 'unknown'))

  for (const parameter of parameters ? partsOf(parameters) : []) {
    const pattern = parameter.childForFieldName('pattern')
    if (!pattern || pattern.type === 'this') continue
    if (pattern.type === 'rest_pattern') {
      return problemAt(parameter, 'main cannot take rest parameters: name each argument, or take an array')
    }
    const name = pattern.type === 'identifier' ? pattern.text : `anon${args.length + 1}`
    args.push(readArg(name, parameter, types))
  }
  return ok({ ...rest, args })
}

function readArg(name: string, parameter: Node, types: TypeReader): Arg {
  const annotation = parameter.childForFieldName('type')
  const value = parameter.childForFieldName('value')
  const literal = value ? readLiteral(value) : undefined
  const declared = annotation ? types.readAnnotation(annotation) : undefined
  const typ = declared?.typ ?? literal?.typ ?? 'unknown'
  const isOptional = parameter.type === 'optional_parameter' || value !== null || declared?.isNullable === true
  return isOptional ? optionalArg(name, typ, literal?.value ?? null) : requiredArg(name, typ)
}
