import type { QueryRequest } from '../../runtime.ts'
import type { RowSet } from './driver.ts'

/** What a job gives of what its statements gave, each a list of row sets. */
export function collect(statements: readonly (readonly RowSet[])[], collection: QueryRequest['collection']): unknown {
  const shapes = statements.flat().map((set) => shape(set, collection))
  if (collection.statements === 'all') return shapes
  // What a server gives several of for one statement is one answer each.
  return shapes.at(-1) ?? []
}

function shape({ columns, rows }: RowSet, { rows: which, isScalar, isValue }: QueryRequest['collection']): unknown {
  if (isValue) return rows[0]?.[0] ?? null
  const make = (row: readonly unknown[]): unknown => (isScalar ? (row[0] ?? null) : toObject(columns, row))
  if (which === 'all') return rows.map(make)
  const [first] = rows
  return first ? make(first) : null
}

/** Names that two columns have: only the last of them is in a row. */
export function repeatedNames(columns: readonly string[]): readonly string[] {
  return [...new Set(columns.filter((name, index) => columns.indexOf(name) !== index))]
}

/** Safe for a column named `__proto__`. */
function toObject(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (const [index, name] of columns.entries()) {
    const value = row[index] ?? null
    if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, configurable: true })
    else object[name] = value
  }
  return object
}
