import { parseSync } from 'oxc-parser'

/** A text written in a source: the target of an import, a whole literal, or the name of a property. `line` counts from 1. */
export interface SourceText {
  readonly role: 'import' | 'literal' | 'key'
  readonly value: string
  readonly line: number
}

/** A node of a syntax tree; `start` is an offset in the source. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly [field: string]: unknown
}

/** Every text of a TypeScript or JavaScript source, from its syntax tree; throws when it does not parse. */
export function sourceTexts(file: string, source: string): readonly SourceText[] {
  const found: SourceText[] = []
  visitSource(file, source, (node) => {
    const imported = importedText(node)
    if (imported) found.push({ role: 'import', value: imported.value, line: lineAt(source, imported.start) })
    const key = keyText(node)
    if (key !== undefined) found.push({ role: 'key', value: key, line: lineAt(source, node.start) })
    const literal = literalText(node)
    if (literal !== undefined) found.push({ role: 'literal', value: literal, line: lineAt(source, node.start) })
  })
  return found
}

/** Calls `seen` for every node of a source; throws when it does not parse. */
export function visitSource(file: string, source: string, seen: (node: Node) => void): void {
  const { program, errors } = parseSync(file, source)
  if (errors[0]) throw new Error(`${file} does not parse: ${errors[0].message}`)
  visit(program, seen)
}

function importedText(node: Node): { value: string; start: number } | undefined {
  const source = importSource(node)
  if (!isNode(source)) return undefined
  const value = literalText(source)
  return value === undefined ? undefined : { value, start: node.start }
}

function importSource(node: Node): unknown {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node['source']
    case 'TSExternalModuleReference':
      return node['expression']
    case 'CallExpression':
      return isRequire(node['callee']) && Array.isArray(node['arguments']) ? node['arguments'][0] : undefined
    default:
      return undefined
  }
}

function isRequire(callee: unknown): boolean {
  return isNode(callee) && callee.type === 'Identifier' && callee['name'] === 'require'
}

/** The name of a property that is written out; shorthand (`{ go }`) names a variable and is left out. */
function keyText(node: Node): string | undefined {
  if (node.type !== 'Property' || node['computed'] === true || node['shorthand'] === true) return undefined
  const key = node['key']
  if (!isNode(key) || key.type !== 'Identifier') return undefined
  return typeof key['name'] === 'string' ? key['name'] : undefined
}

function literalText(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined
  if (node.type !== 'TemplateLiteral') return undefined
  const quasis = node['quasis']
  if (!Array.isArray(quasis) || quasis.length !== 1) return undefined
  const only: unknown = quasis[0]?.value?.cooked
  return typeof only === 'string' ? only : undefined
}

function visit(value: unknown, seen: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, seen)
    return
  }
  if (typeof value !== 'object' || value === null) return
  if (isNode(value)) seen(value)
  for (const child of Object.values(value)) visit(child, seen)
}

/** Whether a value is a node rather than one of its plain fields. */
export function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  )
}

/** The line of an offset, from 1. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length
}
