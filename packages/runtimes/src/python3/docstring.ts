import { partsOf, type Node } from '../grammar.ts'
import { readText } from './literal.ts'

const SECTION = /^\s*(?:Args|Arguments|Parameters|Params)\s*:\s*$/
const ARGUMENT = /^(\s*)\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$/
const FIELD = /^\s*:param\s+(?:[^:]*\s)?(\w+)\s*:\s*(.*)$/

/** What the docstring of a function says of each argument, in the forms `Args:` (Google) and `:param x:` (Sphinx). */
export function readArgumentTexts(definition: Node): ReadonlyMap<string, string> {
  const [first] = partsOf(definition.childForFieldName('body') ?? definition)
  const [string] = first?.type === 'expression_statement' ? partsOf(first) : []
  const text = string?.type === 'string' ? readText(string) : undefined
  if (text === undefined) return new Map()

  const lines = text.split('\n')
  return new Map([...readFields(lines), ...readSection(lines)])
}

function readFields(lines: readonly string[]): [string, string][] {
  return lines.flatMap((line): [string, string][] => {
    const [, name, said] = FIELD.exec(line) ?? []
    return name !== undefined && said ? [[name, said.trim()]] : []
  })
}

function readSection(lines: readonly string[]): [string, string][] {
  const start = lines.findIndex((line) => SECTION.test(line))
  if (start < 0) return []
  const outer = indentOf(lines[start] ?? '')
  const found: [string, string][] = []
  let indent: number | undefined

  for (const line of lines.slice(start + 1)) {
    if (line.trim() === '') continue
    if (indentOf(line) <= outer) break
    indent ??= indentOf(line)
    const [, , name, said = ''] = indentOf(line) === indent ? (ARGUMENT.exec(line) ?? []) : []
    const last = found.at(-1)
    if (name !== undefined) found.push([name, said.trim()])
    else if (last) last[1] = `${last[1]} ${line.trim()}`.trim()
  }
  return found.filter(([, said]) => said !== '')
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
