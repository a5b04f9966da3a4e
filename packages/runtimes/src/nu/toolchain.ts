import { createRequire } from 'node:module'
import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram, findInPath } from '../shared/program.ts'
import { placeProgram } from '../shared/typescript/place-program.ts'

const INSIDE = '/toolchain'
/** Nushell changes with each version; from this one on the wrapper is known to work. */
const MINOR_MIN = 115

/** The Nushell of this host, else the one that is installed with the server, as a package for its platform. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  const seen: string[] = []
  for (const program of await findPrograms()) {
    const version = /^(\d+\.(\d+)\.\S+)/.exec((await askProgram(program, ['--version'])) ?? '')
    if (!version) continue
    if (version[1]?.startsWith('0.') && Number(version[2]) < MINOR_MIN) {
      seen.push(`${program} is ${version[1]}`)
      continue
    }
    const folder = join(host.toolchainFolder, version[1] ?? '')
    await placeProgram(program, folder, 'nu')
    return {
      found: true,
      version: version[1] ?? '',
      paths: { nu: `${INSIDE}/nu` },
      mounts: [{ host: folder, inside: INSIDE, writable: false }],
    }
  }
  return {
    found: false,
    problem: `no Nushell 0.${MINOR_MIN} or newer${seen.length > 0 ? ` (${seen.join('; ')})` : ''}`,
    remedy: findRemedy(),
  }
}

function findRemedy(): string {
  if (process.platform === 'darwin') return 'brew install nushell'
  return process.arch === 'x64' ? 'npm install' : 'cargo install nu'
}

async function findPrograms(): Promise<string[]> {
  const inPath = await findInPath('nu')
  return [...(inPath === undefined ? [] : [await realpath(inPath)]), ...installedPrograms()]
}

function installedPrograms(): string[] {
  const name = `@nushell/${process.platform}-${process.arch}/package.json`
  try {
    return [join(dirname(createRequire(import.meta.url).resolve(name)), 'bin', 'nu')]
  } catch {
    return []
  }
}
