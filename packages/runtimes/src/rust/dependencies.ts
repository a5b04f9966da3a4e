import { readFileSync } from 'node:fs'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { hasDependencies, readLock, readManifest } from './manifest.ts'

const PREBUILD = readFileSync(new URL('./files/prebuild.sh', import.meta.url), 'utf8')
/** Where a build sees the compiled packages of its lock. */
export const PACKAGES = '/packages'

/** Crates. A lock is Cargo.lock, with the manifest in comments before it. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve,
  install,
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  if (!hasDependencies(script.content)) return undefined
  const files = { 'Cargo.toml': readManifest(script.content) }
  const { root } = toolchain.paths
  return {
    key: contentKey(['resolve', toolchain.version, files]),
    files,
    argv: ['/bin/sh', '/runtime/resolve.sh', `${root}/bin/cargo`],
    env: { ...jobEnvironment, CARGO_HOME: '/cache/home', RUSTC: `${root}/bin/rustc`, ...registries.env },
    cache: true,
    network: 'host',
    output: 'lock',
  }
}

/** Compiles what the lock names. Code of packages runs meanwhile, so it shares no folder with other locks. */
function install(text: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const { manifest, lock } = readLock(text)
  if (manifest === undefined) return undefined
  const files = { 'Cargo.toml': manifest, 'Cargo.lock': lock }
  const { root } = toolchain.paths
  return {
    key: contentKey(['install', toolchain.version, process.arch, PREBUILD, files]),
    files,
    argv: ['/bin/sh', '/runtime/prebuild.sh', `${root}/bin/cargo`, '/job/packages', PACKAGES, 'locked'],
    env: { ...jobEnvironment, CARGO_HOME: '/job/home', RUSTC: `${root}/bin/rustc`, ...registries.env },
    cache: false,
    network: 'host',
    output: 'packages',
    inside: PACKAGES,
  }
}
