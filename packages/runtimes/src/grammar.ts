import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import treeSitter, { type Language, type Node, type Parser } from '@vscode/tree-sitter-wasm'
import { invariant } from '@millrace/base/invariant'
import { err, type Result } from '@millrace/base/result'
import type { SignatureProblem } from './runtime.ts'

export type { Node }

/** A language's grammar; usable after `loadGrammars()`. */
export interface Grammar {
  /** Parses and hands over the root; the tree is gone when `read` returns, so nothing of it may be kept. */
  parse<T>(source: string, read: (root: Node) => T): T
}

const declared: LazyGrammar[] = []
let loading: Promise<void> | undefined

/** Declares that a runtime reads sources with the grammar of this name, as the package of grammars calls it. */
export function declareGrammar(name: string): Grammar {
  const grammar = new LazyGrammar(name)
  declared.push(grammar)
  return grammar
}

/** Loads every declared grammar, once per process. Call it before `parseSignature` or `prepare`. */
export function loadGrammars(): Promise<void> {
  loading ??= loadAll()
  return loading
}

/** The first place where the source does not follow its grammar; `undefined` when it does. */
export function findSyntaxProblem(root: Node): SignatureProblem | undefined {
  if (!root.hasError) return undefined
  const broken = findBroken(root) ?? root
  const line = broken.startPosition.row + 1
  if (broken.isMissing) return { message: `syntax error: "${broken.type}" is missing on line ${line}`, line }
  const [text = ''] = broken.text.trim().split('\n')
  return { message: `syntax error on line ${line}${text ? ` near "${text.slice(0, 60)}"` : ''}`, line }
}

/** A signature problem at a node. */
export function problemAt(node: Node, message: string): Result<never, SignatureProblem> {
  return err({ message, line: node.startPosition.row + 1 })
}

/** Named children, without comments. */
export function partsOf(node: Node): Node[] {
  return node.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment')
}

class LazyGrammar implements Grammar {
  readonly #name: string
  #parser: Parser | undefined

  constructor(name: string) {
    this.#name = name
  }

  async load(folder: string): Promise<void> {
    const language: Language = await treeSitter.Language.load(join(folder, `tree-sitter-${this.#name}.wasm`))
    this.#parser = new treeSitter.Parser()
    this.#parser.setLanguage(language)
  }

  parse<T>(source: string, read: (root: Node) => T): T {
    invariant(this.#parser, `the grammar ${this.#name} is used before loadGrammars()`)
    const tree = this.#parser.parse(source)
    invariant(tree, `the grammar ${this.#name} gave no tree`)
    try {
      return read(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
}

async function loadAll(): Promise<void> {
  await treeSitter.Parser.init()
  const folder = dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm'))
  for (const grammar of declared) await grammar.load(folder)
}

/** The innermost broken node that comes first. */
function findBroken(node: Node): Node | undefined {
  if (node.isMissing) return node
  for (const child of node.children) {
    if (!child || !(child.hasError || child.isMissing)) continue
    const broken = findBroken(child)
    if (broken) return broken
  }
  return node.isError ? node : undefined
}
