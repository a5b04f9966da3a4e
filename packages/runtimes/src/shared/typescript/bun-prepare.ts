import { createHash } from 'node:crypto'
import type { Build, FoundToolchain, JobInput, Launch, Prepared, ScriptSource } from '../../runtime.ts'
import { encodeJson } from '../encode-input.ts'
import { jobEnvironment } from '../job-environment.ts'
import { readAnnotations } from './annotations.ts'
import { PACKAGES_FOLDER } from './bun-dependencies.ts'
import { readBunLock } from './bun-lock.ts'
import { readCalls } from './entries.ts'
import { packageName } from './npm-needs.ts'
import { jobFiles, MAIN_FILE } from './sources.ts'

/** What a build leaves in the job's folder. */
const BUNDLE = 'program'

/** A run on Bun, or on Node where the script says `//nodejs`. */
export function prepareOnBun(script: ScriptSource, toolchain: FoundToolchain): Prepared {
  const { nodejs, nobundling } = readAnnotations(script.content)
  const dependencies = readDependencies(script.lock)
  const files = jobFiles(script, (specifier) => {
    if (specifier.kind !== 'package') return undefined
    return packageName(specifier, dependencies) + specifier.subpath
  })
  const hasPackages = Object.keys(dependencies).length > 0
  const isBundled = hasPackages && !nobundling
  const calls = readCalls(script.content)
  // A script that imports nothing reaches the streams only by name.
  const usesStreams = /\b(?:stdout|stderr|import|require)\b/.test(script.content)
  const engine = (strategy: Launch['strategy']) =>
    nodejs ? nodeLaunch(strategy, toolchain, hasPackages) : bunLaunch(strategy, toolchain, hasPackages && !isBundled)
  const encode = (file: string) => (input: JobInput) =>
    encodeJson({ ...calls(input), file, usesStreams, args: input.args, env: input.env, workflow: input.workflow })
  return {
    // Node wants to know what kind of module a file without an ending is.
    files: { ...(isBundled ? {} : files), ...(nodejs && { 'package.json': '{"type":"module"}' }) },
    build: isBundled ? bundle(files, nodejs ? 'node' : 'bun', script, toolchain) : undefined,
    launch: { ...engine('prewarm'), encodeInput: encode(isBundled ? BUNDLE : MAIN_FILE) },
    dedicated: { ...engine('dedicated'), encodeInput: encode(isBundled ? `/build/${BUNDLE}` : MAIN_FILE) },
    withoutFrame: 'error',
  }
}

function bunLaunch(
  strategy: Launch['strategy'],
  toolchain: FoundToolchain,
  readsPackages: boolean,
): Omit<Launch, 'encodeInput'> {
  return {
    strategy,
    // Without --no-install a missing package would be fetched while the job runs.
    argv: [
      toolchain.paths['engine'] ?? '',
      '--no-install',
      `/runtime/${strategy === 'dedicated' ? 'dedicated' : 'bun'}.mjs`,
    ],
    env: {
      ...jobEnvironment,
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
      DO_NOT_TRACK: '1',
      // For a sandbox that cannot mount: there the packages are in no folder above the job's.
      ...(readsPackages && { NODE_PATH: PACKAGES_FOLDER }),
    },
  }
}

function nodeLaunch(
  strategy: Launch['strategy'],
  toolchain: FoundToolchain,
  readsPackages: boolean,
): Omit<Launch, 'encodeInput'> {
  const wrapper = strategy === 'dedicated' ? 'dedicated' : 'node'
  return {
    strategy,
    argv: [toolchain.paths['node'] ?? '', '--enable-source-maps', '--no-warnings', `/runtime/${wrapper}.mjs`],
    env: { ...jobEnvironment, ...(readsPackages && { NODE_PATH: PACKAGES_FOLDER }) },
  }
}

/** One file with everything that the script imports, which any box started ahead can run without a folder of packages. */
function bundle(
  files: Readonly<Record<string, string>>,
  target: string,
  script: ScriptSource,
  toolchain: FoundToolchain,
): Build {
  const key = createHash('sha256')
    .update(JSON.stringify([toolchain.version, target, files, script.lock]))
    .digest('hex')
  return {
    key: `bundle ${key}`,
    files,
    argv: [toolchain.paths['engine'] ?? '', '--no-install', '/runtime/bundle.mjs', target],
    env: { ...jobEnvironment, BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1', NODE_PATH: PACKAGES_FOLDER },
    cache: false,
    network: 'none',
    output: BUNDLE,
    holdsPackages: true,
  }
}

/** A lock that cannot be read has been refused by the install before anything runs. */
function readDependencies(lock: string | undefined): Readonly<Record<string, string>> {
  try {
    return lock === undefined ? {} : readBunLock(lock).packageJson.dependencies
  } catch {
    return {}
  }
}
