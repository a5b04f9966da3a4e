import { readFileSync } from 'node:fs'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { goEnvironment, languageVersion } from './environment.ts'
import { readImports, readLock, readModule } from './module.ts'

const RESOLVE = readFileSync(new URL('./files/resolve.sh', import.meta.url), 'utf8')
const INSTALL = readFileSync(new URL('./files/install.sh', import.meta.url), 'utf8')
/** Where a build sees the modules of its lock. */
export const MODULES = '/modules'

/** Modules from a Go module proxy. A lock is go.mod, a line `//go.sum`, and go.sum. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve,
  install,
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const imports = readImports(script.content)
  if (imports.length === 0) return undefined
  const files = {
    'go.mod': readModule(script.content, languageVersion(toolchain)),
    'inner/imports.go': `package inner\n\nimport (\n${imports.map((path) => `\t_ ${JSON.stringify(path)}\n`).join('')})\n`,
  }
  return {
    key: contentKey(['resolve', toolchain.version, RESOLVE, files]),
    files,
    argv: ['/bin/sh', '/runtime/resolve.sh', `${toolchain.paths['root']}/bin/go`],
    env: { ...goEnvironment(toolchain), GOMODCACHE: '/cache/modules', GOFLAGS: '-mod=mod', ...registries.env },
    cache: true,
    network: 'host',
    output: 'lock',
  }
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const { mod, sum } = readLock(lock, languageVersion(toolchain))
  if (sum.trim() === '') return undefined
  return {
    key: contentKey(['install', INSTALL, mod, sum]),
    files: { 'go.mod': mod, 'go.sum': sum },
    argv: ['/bin/sh', '/runtime/install.sh', `${toolchain.paths['root']}/bin/go`],
    env: { ...goEnvironment(toolchain), GOMODCACHE: '/job/modules', GOFLAGS: '-mod=readonly', ...registries.env },
    cache: true,
    network: 'host',
    output: 'modules',
    inside: MODULES,
  }
}
