import { walkModules } from './walk-modules.ts'

/** What is changed of a module. */
export interface ModuleEdit {
  /** In place of what it does. */
  readonly value?: Readonly<Record<string, unknown>>
  /** What it gives instead of running. */
  readonly mock?: unknown
}

/** A document with some of its modules changed; ids that it does not have are passed over. */
export function editDocument<Document>(document: Document, edits: ReadonlyMap<string, ModuleEdit>): Document {
  const changed = new Map<unknown, unknown>()
  for (const { id, module } of walkModules(document)) {
    const edit = edits.get(id)
    if (!edit) continue
    const { value, ...given } = edit
    const mock = 'mock' in given ? { mock: { enabled: true, return_value: given.mock } } : {}
    changed.set(module, { ...module, ...(value && { value }), ...mock })
  }
  // Only modules were changed, and they are modules still.
  return replace(document, changed) as Document
}

function replace(node: unknown, changed: ReadonlyMap<unknown, unknown>): unknown {
  const other = changed.get(node)
  if (other !== undefined) return other
  if (Array.isArray(node)) return node.map((each) => replace(each, changed))
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replace(value, changed)]))
}
