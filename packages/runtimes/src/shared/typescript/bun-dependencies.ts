import { createHash } from 'node:crypto'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../../runtime.ts'
import { jobEnvironment } from '../job-environment.ts'
import { refusal } from '../refusal.ts'
import { readBunLock } from './bun-lock.ts'
import { manifestNames, needsOf, type PackageJson } from './npm-needs.ts'
import { importsOf, workspaceImports } from './sources.ts'

/** Where a job finds its packages: the search for a package goes up from `/job` and ends here. */
export const PACKAGES_FOLDER = '/node_modules'
/** How jsr offers its packages to package managers of npm. */
const JSR_FOR_NPM = 'https://npm.jsr.io'
const NPMRC = `@jsr:registry=${JSR_FOR_NPM}\n`

/** Packages of npm and jsr, resolved and installed by Bun. */
export const bunDependencies: Dependencies = {
  manifestFile: 'package.json',
  workspaceImports,
  manifestNames,
  resolve,
  install,
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const needs = readNeeds(script)
  if (typeof needs === 'string') return refusal(needs, 'lock')
  if (Object.keys(needs.dependencies).length === 0) return undefined
  const files = { 'package.json': `${JSON.stringify(needs, undefined, 2)}\n`, '.npmrc': NPMRC }
  return packageStep('resolve', files, { toolchain, registries, output: 'lock', cache: true })
}

function install(text: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  let lock
  try {
    lock = readBunLock(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ...refusal(`The lock of the script cannot be read: ${reason}`, 'node_modules'), inside: PACKAGES_FOLDER }
  }
  if (Object.keys(lock.packageJson.dependencies).length === 0) return undefined
  const files = {
    'package.json': lock.packageText,
    '.npmrc': NPMRC,
    ...(lock.lockText !== undefined && { 'bun.lock': lock.lockText }),
  }
  // What runs code of packages gets no folder in which it could change packages of others.
  const cache = (lock.packageJson.trustedDependencies ?? []).length === 0
  const step = packageStep('install', files, { toolchain, registries, output: 'node_modules', cache })
  return { ...step, inside: PACKAGES_FOLDER }
}

/** The packages of a script, or the sentence that says why there is no having them. */
function readNeeds(script: ScriptSource): PackageJson | string {
  const url = importsOf(script).find(({ specifier }) => specifier.kind === 'url')
  if (url) return `Bun imports no URLs (${url.text}): import the package from npm, or make this a script of Deno.`
  try {
    return needsOf(script)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

interface StepTerms {
  readonly toolchain: FoundToolchain
  readonly registries: Registries
  readonly output: string
  readonly cache: boolean
}

function packageStep(work: 'resolve' | 'install', files: Record<string, string>, terms: StepTerms): Step {
  const { toolchain, registries, output, cache } = terms
  const key = createHash('sha256')
    .update(JSON.stringify([work, toolchain.version, files]))
    .digest('hex')
  return {
    key: `${work} ${key}`,
    files,
    argv: [toolchain.paths['engine'] ?? '', '/runtime/packages.mjs', work],
    env: {
      ...jobEnvironment,
      DO_NOT_TRACK: '1',
      ...(cache && { BUN_INSTALL_CACHE_DIR: '/cache/packages', BUN_TMPDIR: '/cache' }),
      ...registries.env,
    },
    cache,
    network: 'host',
    output,
  }
}
