import { createHash } from 'node:crypto'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { findGemfile } from './signature.ts'

/** Where a job sees its gems. */
export const PACKAGES = '/packages'

/** Between the Gemfile and what Bundler made of it. */
const MARK = '\n#Gemfile.lock\n'
const SOURCE = "source 'https://rubygems.org'\n"
const ANNOTATION = /^#\s*gemfile:[^\S\n]*(\S+)[^\S\n]*$/m

const RESOLVE = `
[ -n "$2" ] || { echo 'the script asks for gems, and this Ruby has no Bundler: apt-get install -y ruby-bundler' >&2; exit 1; }
"$1" "$2" lock && { cat Gemfile && printf '${MARK.replaceAll('\n', '\\n')}' && cat Gemfile.lock; } >lock`

/** Gems of `gemfile do … end`, and of a Gemfile of the workspace that `# gemfile: <name>` asks for. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestFile: 'Gemfile',
  manifestNames(content) {
    const named = ANNOTATION.exec(content)?.[1]
    return named === undefined ? [''] : [named]
  },
  resolve(script, toolchain, registries) {
    const gemfile = composeGemfile(script)
    return gemfile === undefined ? undefined : describeResolve(gemfile, toolchain, registries)
  },
  install(lock, toolchain, registries) {
    return lock.includes(MARK) ? describeInstall(lock, toolchain, registries) : undefined
  },
}

/** The workspace's file and the block of the script, in this order; the source is the usual one when neither names any. */
function composeGemfile({ content, manifests = {}, modules = {} }: ScriptSource): string | undefined {
  const names = new Set([content, ...Object.values(modules)].flatMap((source) => dependencies.manifestNames(source)))
  const parts = [
    ...[...names].map((name) => manifests[name]),
    ...[content, ...Object.values(modules)].map(findGemfile),
  ].filter((part) => part !== undefined && part.trim() !== '')
  if (parts.length === 0) return undefined
  const whole = `${parts.join('\n').trim()}\n`
  return /^\s*source\b/m.test(whole) ? whole : SOURCE + whole
}

function describeResolve(gemfile: string, toolchain: FoundToolchain, registries: Registries): Step {
  const { ruby = 'ruby', bundle = '' } = toolchain.paths
  return {
    key: keyOf('resolve', gemfile, toolchain),
    files: { Gemfile: gemfile },
    argv: ['/bin/sh', '-c', RESOLVE, 'resolve', ruby, bundle],
    env: environment(registries),
    cache: true,
    network: 'host',
    output: 'lock',
  }
}

function describeInstall(lock: string, toolchain: FoundToolchain, registries: Registries): Install {
  const { ruby = 'ruby', bundle = '' } = toolchain.paths
  const at = lock.indexOf(MARK)
  return {
    key: keyOf('install', lock, toolchain),
    files: { Gemfile: lock.slice(0, at), 'Gemfile.lock': lock.slice(at + MARK.length) },
    argv: [ruby, bundle, 'install'],
    env: { ...environment(registries), BUNDLE_FROZEN: 'true' },
    cache: true,
    network: 'host',
    output: 'packages',
    inside: PACKAGES,
  }
}

/** Bundler without the host's settings and questions. */
function environment(registries: Registries): Readonly<Record<string, string>> {
  return {
    ...jobEnvironment,
    BUNDLE_GEMFILE: '/job/Gemfile',
    BUNDLE_PATH: '/job/packages',
    BUNDLE_APP_CONFIG: '/tmp/bundle',
    BUNDLE_USER_CACHE: '/cache/bundler',
    BUNDLE_DISABLE_VERSION_CHECK: 'true',
    BUNDLE_SILENCE_ROOT_WARNING: 'true',
    BUNDLE_RETRY: '2',
    BUNDLE_TIMEOUT: '30',
    ...registries.env,
  }
}

function keyOf(step: string, text: string, toolchain: FoundToolchain): string {
  const parts = [step, text, toolchain.version, toolchain.paths['bundle'] ?? '', process.arch]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
