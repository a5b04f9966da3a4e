import treeSitter, { type Node, type Parser } from '@vscode/tree-sitter-wasm'
import { invariant } from '@millrace/base/invariant'
import { err, type Result } from '@millrace/base/result'
import type { SignatureProblem } from './runtime.ts'

export type { Node }

/** A language's grammar; usable once it is loaded. */
export interface Grammar {
  /** Parses and hands over the root; the tree is gone when `read` returns, so nothing of it may be kept. */
  parse<T>(source: string, read: (root: Node) => T): T
}

/** Gives a file of the package of grammars by its name: from the disk on a server, over the network in a browser. */
export type ReadGrammarFile = (name: string) => Promise<Uint8Array>

const ENGINE = 'tree-sitter.wasm'

const declared = new Map<string, LazyGrammar>()
let isEngineStarted = false
let loading: Promise<void> = Promise.resolve()

/** Declares that a runtime reads sources with the grammar of this name, as the package of grammars calls it. */
export function declareGrammar(name: string): Grammar {
  const grammar = declared.get(name) ?? new LazyGrammar(name)
  declared.set(name, grammar)
  return grammar
}

/**
 * Loads what modules have declared so far and is not loaded yet, or of that one grammar only; one call after the other. A call that
 * failed may be repeated.
 */
export function loadDeclaredGrammars(read: ReadGrammarFile, name?: string): Promise<void> {
  if (name !== undefined && declared.get(name)?.isLoaded) return Promise.resolve()
  const load = () => loadMissing(read, name)
  loading = loading.then(load, load)
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
  readonly name: string
  #parser: Parser | undefined

  constructor(name: string) {
    this.name = name
  }

  get isLoaded(): boolean {
    return this.#parser !== undefined
  }

  get file(): string {
    return `tree-sitter-${this.name}.wasm`
  }

  async load(bytes: Uint8Array): Promise<void> {
    const language = await treeSitter.Language.load(bytes)
    this.#parser = new treeSitter.Parser()
    this.#parser.setLanguage(language)
  }

  parse<T>(source: string, read: (root: Node) => T): T {
    invariant(this.#parser, `the grammar ${this.name} is used before it is loaded`)
    const tree = this.#parser.parse(source)
    invariant(tree, `the grammar ${this.name} gave no tree`)
    try {
      return read(tree.rootNode)
    } finally {
      tree.delete()
    }
  }
}

async function loadMissing(read: ReadGrammarFile, name: string | undefined): Promise<void> {
  const wanted = [...declared.values()].filter((grammar) => name === undefined || grammar.name === name)
  const missing = wanted.filter((grammar) => !grammar.isLoaded)
  if (missing.length === 0) return
  const reading = missing.map(async (grammar) => ({ grammar, bytes: await read(grammar.file) }))
  const [, ...files] = await Promise.all([startEngine(read), ...reading])
  for (const { grammar, bytes } of files) await grammar.load(bytes)
}

async function startEngine(read: ReadGrammarFile): Promise<void> {
  if (isEngineStarted) return
  // It looks for a place although it has the bytes, which its declaration leaves out; any name will do.
  const options = { wasmBinary: await read(ENGINE), locateFile: (name: string) => name }
  await treeSitter.Parser.init(options)
  isEngineStarted = true
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
