import type { AnyNode, Identifier, Node } from 'acorn'
import { isScopeName, SCOPE_NAMES, type ScopeName } from './scope.ts'
import { syntaxNodes } from './syntax-nodes.ts'

/** What an expression needs to be evaluated; rather too much than too little. */
export interface Reads {
  readonly names: ReadonlySet<ScopeName>
  /** Ids of the steps whose results it names, or all when it says which only at run time. */
  readonly results: ReadonlySet<string> | 'all'
  /** Paths that stand in `variable('…')`. */
  readonly variables: ReadonlySet<string>
  /** Paths that stand in `resource('…')`. */
  readonly resources: ReadonlySet<string>
  /** Whether it asks for a variable or resource whose path is known only at run time, and may so need a second pass. */
  readonly asksLater: boolean
}

interface Found {
  names: Set<ScopeName>
  results: Set<string>
  readsAllResults: boolean
  variables: Set<string>
  resources: Set<string>
  asksLater: boolean
}

/** Reads a tree. Names that the expression declares itself count too: to fetch in vain does no harm. */
export function findReads(root: Node): Reads {
  const found: Found = {
    names: new Set(),
    results: new Set(),
    readsAllResults: false,
    variables: new Set(),
    resources: new Set(),
    asksLater: false,
  }
  for (const { node, parent } of syntaxNodes(root))
    if (node.type === 'Identifier' && isReference(node, parent)) note(found, node, parent)
  const { readsAllResults, results, ...reads } = found
  return { ...reads, results: readsAllResults ? 'all' : results }
}

function note(found: Found, node: Identifier, parent: AnyNode | undefined): void {
  const { name } = node
  if (isScopeName(name)) found.names.add(name)
  if (name === 'results') noteResult(found, parent)
  if (name === 'variable') noteCall(found, found.variables, pathOf(node, parent))
  if (name === 'resource') noteCall(found, found.resources, pathOf(node, parent))
  if (name === 'eval') noteEverything(found)
}

function noteResult(found: Found, parent: AnyNode | undefined): void {
  const id = parent?.type === 'MemberExpression' ? literalKey(parent) : undefined
  if (id === undefined) found.readsAllResults = true
  else found.results.add(id)
}

function noteCall(found: Found, paths: Set<string>, path: string | undefined): void {
  if (path === undefined) found.asksLater = true
  else paths.add(path)
}

/** The path of `variable('path')`, given the identifier. */
function pathOf(node: Identifier, parent: AnyNode | undefined): string | undefined {
  if (parent?.type !== 'CallExpression' || parent.callee !== node) return undefined
  const path = literalOf(parent.arguments[0])
  return typeof path === 'string' ? path : undefined
}

/** Code that is made at run time may name anything. */
function noteEverything(found: Found): void {
  for (const name of SCOPE_NAMES) found.names.add(name)
  found.readsAllResults = true
  found.asksLater = true
}

/** Whether an identifier stands for a value rather than names a property: `a` and `b` of `a.b` are both identifiers. */
function isReference(node: Identifier, parent: AnyNode | undefined): boolean {
  if (parent?.type === 'MemberExpression') return parent.object === node || parent.computed
  if (parent?.type === 'Property') return parent.value === node || parent.computed
  return true
}

/** The property that a member expression reads, when that stands in the source. */
export function literalKey(node: { readonly property: Node; readonly computed: boolean }): string | undefined {
  const property = node.property as AnyNode
  if (!node.computed) return property.type === 'Identifier' ? property.name : undefined
  const literal = literalOf(property)
  return typeof literal === 'string' || typeof literal === 'number' ? String(literal) : undefined
}

/** The value of a literal, or of a template without holes; undefined for anything else. */
export function literalOf(node: Node | undefined): unknown {
  const known = node as AnyNode | undefined
  if (known?.type === 'Literal') return known.value
  if (known?.type !== 'TemplateLiteral' || known.expressions.length > 0) return undefined
  return known.quasis[0]?.value.cooked ?? undefined
}
