import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, Signature } from '../signature.ts'
import { readArgumentTexts } from './docstring.ts'
import { readLiteral } from './literal.ts'
import { TypeReader } from './type-reader.ts'

const grammar = declareGrammar('python')
const FUNCTION_CALL = '<function call>'

/** The parameters of the top-level function `main` of a Python source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? { ok: false, error: problem } : ok(readSignature(root))
  })
}

interface TopLevelFunction {
  readonly node: Node
  readonly decorators: readonly string[]
}

function readSignature(root: Node): Signature {
  const functions = partsOf(root).flatMap(asFunction)
  const hasPreprocessor = functions.some(({ node }) => nameOf(node) === 'preprocessor')
  // The last definition is the one that Python keeps.
  const main = functions.findLast(({ node }) => nameOf(node) === 'main')
  if (!main) return { ...librarySignature, hasPreprocessor }

  const parameters = partsOf(main.node.childForFieldName('parameters') ?? main.node)
  const texts = readArgumentTexts(main.node)
  const types = new TypeReader(root)
  return {
    args: parameters.flatMap((parameter) => readArg(parameter, types, texts)),
    starArgs: parameters.some((parameter) => isStar(parameter, 'list_splat_pattern')),
    starKwargs: parameters.some((parameter) => isStar(parameter, 'dictionary_splat_pattern')),
    autoKind: main.decorators.includes('workflow') ? 'wac' : null,
    hasPreprocessor,
  }
}

function asFunction(node: Node): TopLevelFunction[] {
  if (node.type === 'function_definition') return [{ node, decorators: [] }]
  const definition = node.type === 'decorated_definition' ? node.childForFieldName('definition') : null
  if (definition?.type !== 'function_definition') return []
  return [
    {
      node: definition,
      decorators: partsOf(node)
        .filter((part) => part.type === 'decorator')
        .map(decoratorName),
    },
  ]
}

/** `@wmill.workflow(…)` → `workflow` */
function decoratorName(node: Node): string {
  return /^@\s*(?:\w+\.)*(\w+)/.exec(node.text)?.[1] ?? ''
}

function nameOf(node: Node): string | undefined {
  return node.childForFieldName('name')?.text
}

/** `*args`, `**kwargs`, with or without a type. */
function isStar(parameter: Node, kind: string): boolean {
  return parameter.type === kind || (parameter.type === 'typed_parameter' && partsOf(parameter)[0]?.type === kind)
}

function readArg(parameter: Node, types: TypeReader, texts: ReadonlyMap<string, string>): Arg[] {
  const arg = readPlainArg(parameter, types)
  return arg ? [{ ...arg, otyp: texts.get(arg.name) }] : []
}

function readPlainArg(parameter: Node, types: TypeReader): Arg | undefined {
  const type = parameter.childForFieldName('type')
  switch (parameter.type) {
    case 'identifier':
      return requiredArg(parameter.text, 'unknown')
    case 'typed_parameter': {
      const [name] = partsOf(parameter)
      if (name?.type !== 'identifier' || !type) return undefined
      const declared = types.read(type)
      return declared.isNullable ? optionalArg(name.text, declared.typ) : requiredArg(name.text, declared.typ)
    }
    case 'default_parameter':
    case 'typed_default_parameter': {
      const name = nameOf(parameter)
      const value = parameter.childForFieldName('value')
      if (name === undefined || !value) return undefined
      const literal = readLiteral(value)
      const typ = type ? types.read(type).typ : (literal?.typ ?? 'unknown')
      return optionalArg(name, typ, value.type === 'call' ? FUNCTION_CALL : (literal?.value ?? null))
    }
    default:
      return undefined
  }
}
