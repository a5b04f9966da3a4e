import { chmod, copyFile, cp, link, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram } from './program.ts'

const NODE = '/toolchain/node'
const DRIVERS = '/drivers'
/** Runs TypeScript as it stands and writes numbers as they came. */
const NODE_VERSION_MIN = 24

/**
 * The Node that a helper runs on, and the npm packages of its driver, in a place that jobs can reach. `names` may be empty,
 * for a driver that needs none.
 */
export async function findDriver(host: HostContext, names: readonly string[]): Promise<Toolchain> {
  const node = await findNode()
  if (node === undefined)
    return { found: false, problem: `no Node ${NODE_VERSION_MIN} or newer for the helper`, remedy: 'npm install' }
  const folders: string[] = []
  for (const name of names) {
    const folder = await findPackage(name, import.meta.dirname)
    if (folder === undefined)
      return { found: false, problem: `the npm package ${name} is not installed`, remedy: 'npm install' }
    folders.push(folder)
  }

  const [first] = folders
  const version = first === undefined ? node.version : await packageVersion(first)
  const drivers = await placePackages(folders, host)
  return {
    found: true,
    version,
    paths: { node: NODE, drivers: DRIVERS },
    mounts: [
      { host: await placeNode(node, host), inside: NODE, writable: false },
      { host: drivers, inside: `${DRIVERS}/node_modules`, writable: false },
    ],
  }
}

interface FoundNode {
  readonly path: string
  readonly version: string
}

/** The one that came with the packages, else the one that runs us. */
async function findNode(): Promise<FoundNode | undefined> {
  const own = await findPackage('node', import.meta.dirname)
  for (const path of [...(own === undefined ? [] : [join(own, 'bin', 'node')]), process.execPath]) {
    const version = (await askProgram(path, ['--version']))?.trim().replace(/^v/, '')
    if (version !== undefined && Number.parseInt(version, 10) >= NODE_VERSION_MIN) return { path, version }
  }
  return undefined
}

async function placeNode({ path, version }: FoundNode, host: HostContext): Promise<string> {
  const real = await realpath(path)
  if (await host.isReachable(real)) return real
  const folder = join(host.toolchainFolder, `node-${version}`)
  const placed = join(folder, 'node')
  if (await stat(placed).catch(() => undefined)) return placed
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const making = `${placed}.${process.pid}`
  await rm(making, { force: true })
  await link(real, making).catch(() => copyFile(real, making))
  await chmod(making, 0o755)
  await rename(making, placed)
  return placed
}

/** The folder that has them all: where npm put them, or a copy of what they need of it when that is in a private folder. */
async function placePackages(folders: readonly string[], host: HostContext): Promise<string> {
  const [first] = folders
  if (first === undefined) {
    const none = join(host.toolchainFolder, 'no-packages')
    await mkdir(none, { recursive: true, mode: 0o755 })
    return none
  }
  const root = first.slice(0, first.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length)
  if (await host.isReachable(root)) return root
  const versions = await Promise.all(folders.map((folder) => packageVersion(folder)))
  const target = join(host.toolchainFolder, `packages-${versions.join('-')}`)
  if (await stat(target).catch(() => undefined)) return target
  const making = `${target}.${process.pid}`
  await rm(making, { recursive: true, force: true })
  for (const folder of await closureOf(folders))
    await cp(folder, join(making, relative(root, folder)), { recursive: true, dereference: true })
  await chmod(making, 0o755)
  await rename(making, target)
  return target
}

/** Packages and what they depend on; what is optional and missing is left out. */
async function closureOf(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const closure = new Set<string>()
  const open = [...folders]
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (closure.has(folder)) continue
    closure.add(folder)
    const { dependencies, optionalDependencies } = await readPackage(folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = await findPackage(name, folder)
      if (found !== undefined) open.push(found)
    }
  }
  return closure
}

/** As Node looks for it; by its folder, for not every package exports its description. */
async function findPackage(name: string, from: string): Promise<string | undefined> {
  for (const folder of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    const candidate = join(folder, name)
    if (await stat(join(candidate, 'package.json')).catch(() => undefined)) return candidate
  }
  return undefined
}

async function packageVersion(folder: string): Promise<string> {
  return (await readPackage(folder)).version ?? 'unknown'
}

interface PackageFile {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

async function readPackage(folder: string): Promise<PackageFile> {
  const file: unknown = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  // npm wrote it; what is not there is not used.
  return typeof file === 'object' && file !== null ? file : {}
}
