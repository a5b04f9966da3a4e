import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, partsOf, problemAt, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Arg, ArgType, Property, Signature } from '../signature.ts'

const grammar = declareGrammar('go')
const ANY_OBJECT: ArgType = { object: { name: null, props: [] } }
const INTEGERS = new Set(['int', 'int8', 'int16', 'int32', 'int64', 'uint', 'uint8', 'uint16', 'uint32', 'uint64'])

/** The parameters of `func main` of a Go source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? { ok: false, error: problem } : readSignature(root)
  })
}

/** The source as part of the package `inner`, with every line where it was; as it is when it has no package clause. */
export function toInnerPackage(source: string): string {
  return grammar.parse(source, (root) => {
    const clause = partsOf(root).find((part) => part.type === 'package_clause')
    const name = clause && partsOf(clause)[0]
    if (!name) return source
    return `${source.slice(0, name.startIndex)}inner${source.slice(name.endIndex)}`
  })
}

function readSignature(root: Node): Result<Signature, SignatureProblem> {
  const functions = partsOf(root).filter((part) => part.type === 'function_declaration')
  const named = (name: string) => functions.find((node) => node.childForFieldName('name')?.text === name)
  const hasPreprocessor = named('preprocessor') !== undefined
  const main = named('main')
  if (!main) return ok({ ...librarySignature, hasPreprocessor })

  const parameters = partsOf(main.childForFieldName('parameters') ?? main)
  const variadic = parameters.find((parameter) => parameter.type === 'variadic_parameter_declaration')
  if (variadic) return problemAt(variadic, 'main cannot take variadic parameters: take a slice instead')
  return ok({ ...librarySignature, autoKind: null, hasPreprocessor, args: parameters.flatMap(readArgs) })
}

/** `a, b string` declares two. */
function readArgs(parameter: Node, index: number): Arg[] {
  const type = parameter.childForFieldName('type')
  const names = parameter.childrenForFieldName('name').filter((name) => name !== null)
  const read = (name: string) => {
    if (type?.type === 'pointer_type') return optionalArg(name, readType(partsOf(type)[0]))
    return requiredArg(name, readType(type))
  }
  if (names.length === 0) return [read(`arg${index + 1}`)]
  return names.map((name) => read(name.text))
}

function readType(type: Node | null | undefined): ArgType {
  switch (type?.type) {
    case 'type_identifier':
      return readNamed(type.text)
    case 'slice_type':
    case 'array_type': {
      const element = type.childForFieldName('element')
      return element?.text === 'byte' ? 'bytes' : { list: readType(element) }
    }
    case 'map_type':
    case 'interface_type':
      return ANY_OBJECT
    case 'struct_type':
      return { object: { name: null, props: partsOf(type).flatMap(partsOf).flatMap(readField) } }
    case 'pointer_type':
    case 'parenthesized_type':
      return readType(partsOf(type)[0])
    default:
      return 'unknown'
  }
}

function readNamed(name: string): ArgType {
  if (name === 'string') return { str: null }
  if (name === 'bool') return 'bool'
  return INTEGERS.has(name) ? 'int' : 'unknown'
}

/** Fields go by the name that JSON gives them; those that JSON leaves out are no properties. */
function readField(field: Node): Property[] {
  const tag = /\bjson:"([^",]*)/.exec(field.childForFieldName('tag')?.text ?? '')?.[1]
  if (tag === '-') return []
  const typ = readType(field.childForFieldName('type'))
  const names = field.childrenForFieldName('name').filter((name) => name !== null)
  return names.map((name) => ({ key: tag ? tag : name.text, typ }))
}
