import { declareGrammar, partsOf, type Node } from '../grammar.ts'

const grammar = declareGrammar('python')

/** One import of a source, wherever it stands: at the top, in a function, in a `try`. */
export interface Import {
  /** Leading dots: 0 for an absolute one. */
  readonly level: number
  /** With its dots between, without leading ones; `''` in `from . import x`. */
  readonly module: string
  /** What `from … import` names; `undefined` for `import …`. */
  readonly names: readonly string[] | undefined
  /** Requirements that a comment behind it names in place of the package that the module's name would give. */
  readonly pins: readonly Pin[]
}

/** `# pin: package==1` adds to the other pins of the module, `# repin:` replaces them all. */
export interface Pin {
  readonly requirement: string
  readonly isFinal: boolean
}

/** All imports of a source, in their order. */
export function readImports(source: string): readonly Import[] {
  const lines = source.split('\n')
  return grammar.parse(source, (root) =>
    root
      .descendantsOfType(['import_statement', 'import_from_statement'])
      .flatMap((node) => (node ? readStatement(node, lines) : [])),
  )
}

/**
 * Paths of the scripts of the workspace that a source may mean: each name of `from f.folder.script import name` may be in that
 * script, or a script in that folder, so both are told.
 */
export function workspaceImports(content: string, path: string | undefined): readonly string[] {
  const found = readImports(content).flatMap((each) => pathsOf(each, path))
  return [...new Set(found)].filter((each) => each !== path)
}

/** Whether a module is one of the workspace: those of folders and of users. */
export function isOfWorkspace({ level, module }: Import): boolean {
  return level > 0 || /^[fu](?:\.|$)/.test(module)
}

function readStatement(node: Node, lines: readonly string[]): Import[] {
  const comments = lines.slice(node.startPosition.row, node.endPosition.row + 1)
  const pins = comments.flatMap(readPin)
  const names = node.childrenForFieldName('name').flatMap((name) => (name ? [nameOf(name)] : []))
  const from = node.childForFieldName('module_name')
  if (!from) return names.map((module) => ({ level: 0, module, names: undefined, pins }))
  const text = from.text.replaceAll(/\s/g, '')
  const module = text.replace(/^\.+/, '')
  return [{ level: text.length - module.length, module, names, pins }]
}

/** `a.b as c` → `a.b` */
function nameOf(node: Node): string {
  const [first] = node.type === 'aliased_import' ? partsOf(node) : [node]
  return (first ?? node).text.replaceAll(/\s/g, '')
}

function readPin(line: string): Pin[] {
  const [, kind, said] = /#\s*(pin|repin)\s*:\s*(\S.*)$/.exec(line) ?? []
  return said === undefined ? [] : [{ requirement: said.trim(), isFinal: kind === 'repin' }]
}

function pathsOf(each: Import, path: string | undefined): string[] {
  if (!isOfWorkspace(each)) return []
  const base = baseOf(each.level, path)
  if (!base) return []
  const module = [...base, ...(each.module === '' ? [] : each.module.split('.'))]
  const inside = (each.names ?? []).map((name) => [...module, name])
  return [module, ...inside].filter(isScriptPath).map((parts) => parts.join('/'))
}

/** The folder that dots lead to: one is that of the script itself. */
function baseOf(level: number, path: string | undefined): string[] | undefined {
  if (level === 0) return []
  const folders = path?.split('/').slice(0, -1) ?? []
  return level > folders.length ? undefined : folders.slice(0, folders.length - level + 1)
}

function isScriptPath(parts: readonly string[]): boolean {
  return parts.length > 2 && (parts[0] === 'f' || parts[0] === 'u')
}
