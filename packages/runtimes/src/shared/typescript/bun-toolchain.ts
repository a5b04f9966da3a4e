import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { HostContext, Toolchain } from '../../runtime.ts'
import { askProgram } from '../program.ts'
import { placeProgram } from './place-program.ts'

const INSIDE = '/toolchain'
const ENGINE = 'engine'
const NODE = 'node'

/** The Bun that is installed with the server, and beside it the Node that the server itself runs on. */
export async function findBunToolchain(host: HostContext): Promise<Toolchain> {
  for (const program of installedPrograms()) {
    const version = await askProgram(program, ['--version'])
    if (version === undefined || !/^\d+\.\d+/.test(version)) continue
    const folder = join(host.toolchainFolder, `${version}-${process.versions.node}`)
    await placeProgram(program, folder, ENGINE)
    await placeProgram(process.execPath, folder, NODE)
    return {
      found: true,
      version,
      paths: { [ENGINE]: `${INSIDE}/${ENGINE}`, [NODE]: `${INSIDE}/${NODE}` },
      mounts: [{ host: folder, inside: INSIDE, writable: false }],
    }
  }
  return {
    found: false,
    problem: 'the npm package bun is not installed, or has no program for this machine',
    remedy: 'npm install',
  }
}

/** Where npm puts the program; the package for the platform has it too when install scripts did not run. */
function installedPrograms(): string[] {
  const require = createRequire(import.meta.url)
  const platform = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`
  return [
    findFile(() => require.resolve(`${platform}/package.json`), 'bin/bun'),
    findFile(() => require.resolve(`${platform}-baseline/package.json`), 'bin/bun'),
    findFile(() => require.resolve('bun/package.json'), 'bin/bun.exe'),
  ].filter((path) => path !== undefined)
}

function findFile(resolve: () => string, name: string): string | undefined {
  try {
    return join(dirname(resolve()), name)
  } catch {
    return undefined
  }
}
