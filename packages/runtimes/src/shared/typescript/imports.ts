import { partsOf, type Node } from '../../grammar.ts'
import { typescriptGrammar } from './grammar.ts'
import { readText } from './literal.ts'

const CALLS = new Set(['import', 'require', 'require.resolve', 'import.meta.resolve'])

/** A module that a source names, and where the name stands between its quotes. */
export interface ImportSite {
  readonly specifier: string
  readonly start: number
  readonly end: number
}

/**
 * The imports of a source in their order: `import`, `export … from`, `import()` and `require()` of a literal. What is imported
 * as a type only is left out, since nothing of it is there when the script runs.
 */
export function readImports(source: string): readonly ImportSite[] {
  return typescriptGrammar.parse(source, (root) => {
    const found = root.descendantsOfType(['import_statement', 'export_statement', 'call_expression'])
    return found.flatMap((node) => (node ? siteOf(node) : []))
  })
}

function siteOf(node: Node): ImportSite[] {
  if (node.type === 'call_expression') return siteOfCall(node)
  if (isTypeOnly(node)) return []
  const required = partsOf(node).find((part) => part.type === 'import_require_clause')
  return siteAt(node.childForFieldName('source') ?? required?.childForFieldName('source') ?? null)
}

function siteOfCall(call: Node): ImportSite[] {
  if (!CALLS.has(call.childForFieldName('function')?.text ?? '')) return []
  const given = call.childForFieldName('arguments')
  const [first] = given ? partsOf(given) : []
  return siteAt(first ?? null)
}

function siteAt(literal: Node | null): ImportSite[] {
  const isText = literal?.type === 'string' || (literal?.type === 'template_string' && !hasSubstitution(literal))
  if (!literal || !isText || literal.text.length < 3) return []
  return [{ specifier: readText(literal), start: literal.startIndex + 1, end: literal.endIndex - 1 }]
}

function hasSubstitution(literal: Node): boolean {
  return partsOf(literal).some((part) => part.type === 'template_substitution')
}

/** `import type …`, and lists of names that are all marked as types. */
function isTypeOnly(statement: Node): boolean {
  if (statement.children.some((child) => child?.type === 'type')) return true
  const clause = partsOf(statement).find((part) => part.type === 'import_clause' || part.type === 'export_clause')
  if (!clause) return false
  const lists = clause.type === 'export_clause' ? [clause] : partsOf(clause)
  const names = lists.flatMap((list) => (/^(?:named_imports|export_clause)$/.test(list.type) ? partsOf(list) : [list]))
  return names.length > 0 && names.every((name) => name.children.some((child) => child?.type === 'type'))
}
