import { readFileSync } from 'node:fs'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { environmentOf } from './environment.ts'
import { readPackages } from './imports.ts'

/** Where a build and a job see the library of their lock. */
export const PACKAGES = '/packages'

const CODE = readFileSync(new URL('./files/packages.R', import.meta.url), 'utf8')
const FROM_REPOSITORY = /^\S+ \S+ sha256:[0-9a-f]{64}$/m

/**
 * Packages of CRAN. A lock is a line for each, what others need first: name, version and SHA-256, or `host` in its place for
 * one that the host has for everybody.
 */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve,
  install,
}

/** Whether a lock has packages that are installed for it. */
export function hasInstalled(lock: string | undefined): boolean {
  return lock !== undefined && FROM_REPOSITORY.test(lock)
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const packages = readPackages(script.content)
  if (packages.length === 0) return undefined
  return { ...describeStep('resolve', `${packages.join('\n')}\n`, toolchain, registries), output: 'lock' }
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  if (!hasInstalled(lock)) return undefined
  return { ...describeStep('install', lock, toolchain, registries), output: 'packages', inside: PACKAGES }
}

function describeStep(
  work: 'resolve' | 'install',
  needs: string,
  toolchain: FoundToolchain,
  registries: Registries,
): Omit<Step, 'output'> {
  const { home = '' } = toolchain.paths
  const { env } = registries
  const certificates = env['SSL_CERT_FILE'] === undefined ? {} : { CURL_CA_BUNDLE: env['SSL_CERT_FILE'] }
  return {
    key: contentKey([work, CODE, needs, toolchain.version, process.arch]),
    files: { needs },
    argv: [`${home}/bin/exec/R`, '--vanilla', '--no-echo', '--file=/runtime/packages.R', '--args', work, '/cache/cran'],
    env: { ...environmentOf(toolchain), ...certificates, ...env },
    cache: true,
    network: 'host',
  }
}
