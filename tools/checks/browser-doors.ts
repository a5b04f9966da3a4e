import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { browserDoors, layers } from '../../layers.ts'
import type { Check, Fault } from './fault.ts'
import { projectFiles, readProjectFile } from './project-files.ts'
import { isNode, lineAt, visitSource, type Node } from './syntax.ts'

const SCOPE = '@millrace/'
const GLOBALS = new Set(['Buffer', 'process'])

/** What a module imports, or a global of Node that it uses. */
interface Step {
  readonly file: string
  readonly line: number
  readonly specifier: string
}

/** Follows every import of values behind the browser doors of `layers.ts`: none may reach what only Node has, nor its globals. */
export const browserDoorsCheck: Check = {
  name: 'browser-doors',
  find(root) {
    const files = projectFiles(root, ['.ts'])
    return browserDoors.flatMap(({ modules, sentence }) => {
      const doors = files.filter((file) => modules.test(file))
      if (doors.length === 0) throw new Error(`the check of browser doors sees no file for ${modules.source}`)
      return reachable(root, doors, new Set(files)).flatMap((step) => faultsOf(step, sentence))
    })
  },
}

/** The imports of these files and of all that they reach by relative imports. */
function reachable(root: string, doors: readonly string[], files: ReadonlySet<string>): readonly Step[] {
  const seen = new Set(doors)
  const steps: Step[] = []
  // A set hands out what is added while it is walked.
  for (const file of seen) {
    for (const step of stepsOf(root, file)) {
      steps.push(step)
      const target = posix.join(posix.dirname(file), step.specifier)
      if (step.specifier.startsWith('.') && files.has(target)) seen.add(target)
    }
  }
  return steps
}

/** Imports and re-exports that are there when the module runs, and members of Node's globals. */
function stepsOf(root: string, file: string): readonly Step[] {
  const text = readProjectFile(root, file)
  const steps: Step[] = []
  visitSource(file, text, (node) => {
    const specifier = specifierOf(node) ?? globalOf(node)
    if (specifier !== undefined) steps.push({ file, line: lineAt(text, node.start), specifier })
  })
  return steps
}

function specifierOf(node: Node): string | undefined {
  const isImport = /^(?:ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression)$/.test(
    node.type,
  )
  if (!isImport || node['importKind'] === 'type' || node['exportKind'] === 'type') return undefined
  const source = node['source']
  return isNode(source) && typeof source['value'] === 'string' ? source['value'] : undefined
}

function globalOf(node: Node): string | undefined {
  const object = node.type === 'MemberExpression' ? node['object'] : undefined
  if (!isNode(object) || object.type !== 'Identifier') return undefined
  const name = object['name']
  return typeof name === 'string' && GLOBALS.has(name) ? name : undefined
}

function faultsOf({ file, line, specifier }: Step, sentence: string): readonly Fault[] {
  const message = `'${specifier}' is behind a door for browsers. ${sentence}`
  return isBuiltin(specifier) || isForNode(specifier) || GLOBALS.has(specifier) ? [{ file, line, message }] : []
}

/** One of our packages that does not run anywhere. */
function isForNode(specifier: string): boolean {
  if (!specifier.startsWith(SCOPE)) return false
  const name = specifier.slice(SCOPE.length).split('/')[0]
  return !layers.some(({ folder, anywhere }) => anywhere && folder.endsWith(`/${name}`))
}
