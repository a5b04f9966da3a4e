import { ok, type Result } from '@millrace/base/result'
import { declareGrammar, findSyntaxProblem, problemAt, type Node } from '../grammar.ts'
import type { SignatureProblem } from '../runtime.ts'
import { librarySignature, optionalArg, requiredArg } from '../shared/signatures.ts'
import type { Signature } from '../signature.ts'
import { rustPartsOf } from './syntax.ts'
import { TypeReader } from './type-reader.ts'

const grammar = declareGrammar('rust')

/** How the program calls `main`. */
export interface MainShape {
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** A future that the program has to run: an attribute such as `#[tokio::main]` does it itself. */
  readonly isAsync: boolean
  readonly returnsResult: boolean
}

/** The parameters of `fn main` of a Rust source. */
export function parseSignature(source: string): Result<Signature, SignatureProblem> {
  return grammar.parse(source, (root) => {
    const problem = findSyntaxProblem(root)
    return problem ? { ok: false, error: problem } : readSignature(root)
  })
}

/** What is told by `fn main`; undefined where there is none. */
export function readMain(source: string): MainShape | undefined {
  return grammar.parse(source, (root) => {
    const main = findFunction(root, 'main')
    if (!main) return undefined
    const parameters = parametersOf(main).map((parameter) => ({
      name: nameOf(parameter) ?? '',
      type: parameter.childForFieldName('type')?.text ?? '',
    }))
    const modifiers = rustPartsOf(main).find(({ type }) => type === 'function_modifiers')?.text ?? ''
    const hasRuntime = /\bmain\b/.test(attributeOf(main))
    const returned = main.childForFieldName('return_type')?.text ?? ''
    return {
      parameters,
      isAsync: /\basync\b/.test(modifiers) && !hasRuntime,
      returnsResult: /^(?:\w+\s*::\s*)*Result\b/.test(returned),
    }
  })
}

function readSignature(root: Node): Result<Signature, SignatureProblem> {
  const hasPreprocessor = findFunction(root, 'preprocessor') !== undefined
  const main = findFunction(root, 'main')
  if (!main) return ok({ ...librarySignature, hasPreprocessor })

  const types = new TypeReader(root)
  const parameters = parametersOf(main)
  const nameless = parameters.find((parameter) => nameOf(parameter) === undefined)
  if (nameless) return problemAt(nameless, 'a parameter of main needs a plain name: take the pattern apart inside')
  const args = parameters.map((parameter) => {
    const { typ, isOptional } = types.read(parameter.childForFieldName('type'))
    const name = nameOf(parameter) ?? ''
    return isOptional ? optionalArg(name, typ) : requiredArg(name, typ)
  })
  return ok({ ...librarySignature, args, autoKind: null, hasPreprocessor })
}

function findFunction(root: Node, name: string): Node | undefined {
  return rustPartsOf(root).find(
    (node) => node.type === 'function_item' && node.childForFieldName('name')?.text === name,
  )
}

function parametersOf(main: Node): Node[] {
  const list = main.childForFieldName('parameters')
  return list ? rustPartsOf(list).filter(({ type }) => type === 'parameter') : []
}

function nameOf(parameter: Node): string | undefined {
  const pattern = parameter.childForFieldName('pattern')
  return pattern?.type === 'identifier' ? pattern.text.replace(/^r#/, '') : undefined
}

/** The attributes right before an item. */
function attributeOf(item: Node): string {
  let text = ''
  for (let node = item.previousNamedSibling; node?.type === 'attribute_item'; node = node.previousNamedSibling) {
    text += node.text
  }
  return text
}
