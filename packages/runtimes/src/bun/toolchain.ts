import { chmod, copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { HostContext, Toolchain } from '../runtime.ts'
import { askProgram } from '../shared/program.ts'

const INSIDE = '/toolchain'
const NAME = 'bun'

/** The Bun that is installed with the server; put where jobs can reach it when the server lives in a private folder. */
export async function findToolchain(host: HostContext): Promise<Toolchain> {
  for (const program of installedPrograms()) {
    const version = await askProgram(program, ['--version'])
    if (version === undefined || !/^\d+\.\d+/.test(version)) continue
    const path = await placeProgram(program, join(host.toolchainFolder, version))
    return {
      found: true,
      version,
      paths: { bun: `${INSIDE}/${NAME}` },
      mounts: [{ host: dirname(path), inside: INSIDE, writable: false }],
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

/** One file in a folder of its own, since the folder is what jobs are shown. */
async function placeProgram(program: string, folder: string): Promise<string> {
  const path = join(folder, NAME)
  if ((await askProgram(path, ['--version'])) !== undefined) return path
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const temporary = `${path}.${process.pid}`
  await rm(temporary, { force: true })
  try {
    await link(program, temporary)
  } catch {
    await copyFile(program, temporary)
  }
  await chmod(temporary, 0o755)
  await rename(temporary, path)
  return path
}
