// Dependency-free: what the packages and the web app are made from, as hashes.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const NOT_SOURCE = new Set(['node_modules', 'dist', '.millrace', 'coverage'])

/** Of the lock, every workspace's package.json and the platform. */
export function hashOfPackages(root) {
  const files = [
    'package.json',
    'package-lock.json',
    ...workspaceFolders(root).map((folder) => join(folder, 'package.json')),
  ]
  return hashOf(root, files, `${process.platform}-${process.arch}`)
}

/** Of everything that the web app is built from. */
export function hashOfWeb(root) {
  const packages = ['base', 'contracts', 'client', 'runtimes'].map((name) => `packages/${name}/src`)
  const folders = ['apps/web', ...packages]
  return hashOf(
    root,
    folders.flatMap((folder) => filesBelow(root, folder)),
    hashOfPackages(root),
  )
}

/**
 * Whether someone's own `npm install` brought what the lock asks for: npm writes its record of node_modules last. Spares
 * developers an install, and the tools that run from node_modules the ground under their feet.
 */
export function isInstalledByHand(root) {
  const locked = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!locked || !installed) return false
  return Object.entries(locked).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    if (entry.optional || entry.devOptional || entry.peer) return true
    return installed[path] !== undefined && installed[path].version === entry.version
  })
}

function readPackages(path) {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    // A file that a kill cut off is as good as none.
    return undefined
  }
}

/** Folders of the workspaces; patterns end in `/*` or name a folder. */
function workspaceFolders(root) {
  const { workspaces = [] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern]
    const parent = pattern.slice(0, -2)
    if (!existsSync(join(root, parent))) return []
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(parent, entry.name))
  })
}

function filesBelow(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return NOT_SOURCE.has(entry.name) ? [] : filesBelow(root, path)
    return entry.isFile() ? [path] : []
  })
}

function hashOf(root, files, seed) {
  const hash = createHash('sha256').update(seed)
  for (const file of files.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!existsSync(join(root, file))) continue
    const content = readFileSync(join(root, file))
    hash.update(`\0${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
