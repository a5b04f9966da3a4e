import type { Check, Fault } from './fault.ts'
import { isTestFile, projectFiles, readProjectFile } from './project-files.ts'
import { isNode, lineAt, type Node, visitSource } from './syntax.ts'

/** Who reads the environment: the two configurations, the launcher that runs before them, and what is not the product. */
const READERS = ['apps/server/src/config.ts', 'apps/cli/src/config.ts', 'apps/cli/bin/', 'tools/', 'bench/', 'e2e/']

/** What runs inside a job is another program, and its environment is the job's. */
const INSIDE_JOBS = /^packages\/runtimes\/src\/(?:[^/]+\/)+files\//

/**
 * `process.env` is read in the configurations only and passed on as arguments. (oxlint's `no-process-env` knows the global
 * `process` but not the imported one.)
 */
export const envCheck: Check = {
  name: 'env',
  find(root) {
    const files = projectFiles(root, ['.ts', '.tsx', '.mts', '.mjs', '.js'])
    if (files.length === 0) throw new Error('the check of the environment sees no source')
    return files.filter((file) => !mayRead(file)).flatMap((file) => faultsOf(root, file))
  },
}

function mayRead(file: string): boolean {
  return isTestFile(file) || INSIDE_JOBS.test(file) || READERS.some((reader) => file.startsWith(reader))
}

function faultsOf(root: string, file: string): readonly Fault[] {
  const source = readProjectFile(root, file)
  if (!source.includes('env')) return []
  const found: Fault[] = []
  visitSource(file, source, (node) => {
    if (!readsEnv(node)) return
    const message = 'reads the environment; add a setting to the package and take it as an argument'
    found.push({ file, line: lineAt(source, node.start), message })
  })
  return found
}

/** `process.env`, `globalThis.process.env`, `const { env } = process`, `import { env } from 'node:process'`. */
function readsEnv(node: Node): boolean {
  if (node.type === 'MemberExpression') return nameOf(node['property']) === 'env' && isProcess(node['object'])
  if (node.type === 'VariableDeclarator') return isProcess(node['init']) && takesEnv(node['id'], 'properties', 'key')
  if (node.type !== 'ImportDeclaration') return false
  const from = isNode(node['source']) ? node['source']['value'] : undefined
  return (from === 'process' || from === 'node:process') && takesEnv(node, 'specifiers', 'imported')
}

function takesEnv(node: unknown, list: string, name: string): boolean {
  const members = isNode(node) ? node[list] : undefined
  return Array.isArray(members) && members.some((member) => isNode(member) && nameOf(member[name]) === 'env')
}

function isProcess(node: unknown): boolean {
  if (!isNode(node)) return false
  return nameOf(node) === 'process' || (node.type === 'MemberExpression' && nameOf(node['property']) === 'process')
}

/** Name of an identifier, or value of the literal in `process['env']`. */
function nameOf(node: unknown): unknown {
  if (!isNode(node)) return undefined
  return node.type === 'Literal' ? node['value'] : node['name']
}
