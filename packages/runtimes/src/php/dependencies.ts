import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { refusal } from '../shared/refusal.ts'
import { phpCommand } from './command.ts'
import { composeManifest, manifestNames, UnreadableManifest } from './manifest.ts'

/** Where a job sees its packages. */
export const PACKAGES = '/packages'

/** Between composer.json and what Composer made of it. */
const MARK = '\n//composer.lock\n'
const QUIET = ['--no-interaction', '--no-ansi', '--no-progress', '--no-plugins', '--no-scripts', '--no-dev'] as const
const NO_COMPOSER = 'the script asks for packages, and this host has no Composer: apt-get install -y composer'
const RESOLVE = `"$@" && { cat composer.json && printf '${MARK.replaceAll('\n', '\\n')}' && cat composer.lock; } >lock`

/** Packages of Composer: the list behind `// require:`, and a composer.json of the workspace. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestFile: 'composer.json',
  manifestNames,
  resolve,
  install,
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  try {
    const manifest = composeManifest(script)
    return manifest === undefined ? undefined : describeResolve(manifest, toolchain, registries)
  } catch (error) {
    if (error instanceof UnreadableManifest) return refusal(error.message, 'lock')
    throw error
  }
}

function describeResolve(manifest: string, toolchain: FoundToolchain, registries: Registries): Step {
  const { composer = '' } = toolchain.paths
  if (composer === '') return refusal(NO_COMPOSER, 'lock')
  const command = [...phpCommand(toolchain), composer, 'update', '--no-install', ...QUIET]
  return {
    key: keyOf('resolve', manifest, toolchain),
    files: { 'composer.json': manifest, 'home/config.json': describeRepositories(registries) },
    argv: ['/bin/sh', '-c', RESOLVE, 'sh', ...command],
    env: environment(registries),
    cache: true,
    network: 'host',
    output: 'lock',
  }
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const at = lock.indexOf(MARK)
  if (at < 0) return undefined
  const { composer = '' } = toolchain.paths
  if (composer === '') return { ...refusal(NO_COMPOSER, 'packages'), inside: PACKAGES }
  const [php, ...rest] = phpCommand(toolchain)
  return {
    key: keyOf('install', lock, toolchain),
    files: {
      'composer.json': lock.slice(0, at),
      'composer.lock': lock.slice(at + MARK.length),
      'home/config.json': describeRepositories(registries),
    },
    argv: [php, ...rest, composer, 'install', '--prefer-dist', '--optimize-autoloader', ...QUIET],
    env: { ...environment(registries), COMPOSER_VENDOR_DIR: '/job/packages' },
    cache: true,
    network: 'host',
    output: 'packages',
    inside: PACKAGES,
  }
}

/**
 * The repositories of the instance, in a file of Composer's own and so in no lock. Who names one without encryption wants it
 * to be used.
 */
function describeRepositories({ env }: Registries): string {
  const repositories = env['MILLRACE_COMPOSER_REPOSITORIES'] ?? '{}'
  const config = { 'secure-http': !/"http:\/\//i.test(repositories) }
  return `{"config":${JSON.stringify(config)},"repositories":${repositories}}\n`
}

/** Composer without the host's settings and questions. */
function environment({ env }: Registries): Readonly<Record<string, string>> {
  return {
    ...jobEnvironment,
    ...env,
    COMPOSER_HOME: '/job/home',
    COMPOSER_CACHE_DIR: '/cache/composer',
    COMPOSER_ALLOW_SUPERUSER: '1',
    COMPOSER_MEMORY_LIMIT: '-1',
    COMPOSER_NO_AUDIT: '1',
  }
}

/** Requirements may be of PHP itself and of its extensions. */
function keyOf(step: string, text: string, toolchain: FoundToolchain): string {
  return contentKey([step, text, toolchain.version, toolchain.paths['extensions'], toolchain.paths['composer']])
}
