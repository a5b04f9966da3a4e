import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram } from '../shared/program.ts'
import { placeProgram } from '../shared/typescript/place-program.ts'

const INSIDE = '/toolchain'
const ENGINE = 'engine'

/** The Deno that is installed with the server, as a package for its platform. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  for (const program of installedPrograms()) {
    const version = /^deno (\d+\.\S+)/.exec((await askProgram(program, ['--version'])) ?? '')?.[1]
    if (version === undefined) continue
    const folder = join(host.toolchainFolder, version)
    await placeProgram(program, folder, ENGINE)
    return {
      found: true,
      version,
      paths: { [ENGINE]: `${INSIDE}/${ENGINE}` },
      mounts: [{ host: folder, inside: INSIDE, writable: false }],
    }
  }
  return {
    found: false,
    problem: 'the npm package deno is not installed, or has no program for this machine',
    remedy: 'npm install',
  }
}

function installedPrograms(): string[] {
  const require = createRequire(import.meta.url)
  const platform = `@deno/${process.platform}-${process.arch}`
  return [platform, `${platform}-glibc`].flatMap((name) => {
    try {
      // Packages of the platform belong to the package deno, and are found from there.
      const parent = createRequire(require.resolve('deno/package.json'))
      return [join(dirname(parent.resolve(`${name}/package.json`)), ENGINE_FILE)]
    } catch {
      return []
    }
  })
}

const ENGINE_FILE = 'deno'
