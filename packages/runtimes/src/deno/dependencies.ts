import { createHash } from 'node:crypto'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { refusal } from '../shared/refusal.ts'
import { importsOf, workspaceImports, type Naming } from '../shared/typescript/sources.ts'

/** Where a job with a lock finds what the lock names, and the lock. */
export const PACKAGES_FOLDER = '/packages'
export const CACHE_FOLDER = 'cache'
export const LOCK_FILE = 'deno.lock'
const ENTRY = 'entry.ts'

/** Modules from URLs and packages of npm and jsr, in a folder of Deno's cache for each lock. */
export const denoDependencies: Dependencies = { workspaceImports, manifestNames: () => [], resolve, install }

/** `lodash@4/get` → `npm:lodash@4/get`, `fs` → `node:fs`. */
export const nameForDeno: Naming = (specifier, text) => {
  if (specifier.kind === 'builtin') return text.includes(':') ? undefined : `node:${text}`
  if (specifier.kind !== 'package') return undefined
  const { registry, name, version, subpath } = specifier
  return `${registry}:${name}${version === undefined ? '' : `@${version}`}${subpath}`
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const wanted = importsOf(script).flatMap(({ specifier, text }) => {
    if (specifier.kind === 'url') return [text]
    return specifier.kind === 'package' ? [nameForDeno(specifier, text) ?? text] : []
  })
  if (wanted.length === 0) return undefined
  const files = { [ENTRY]: entryOf(wanted) }
  return fetchStep(fetching(LOCK_FILE), files, { toolchain, registries, output: LOCK_FILE, cacheFolder: '/cache/deno' })
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const wanted = lockedModules(lock)
  if (typeof wanted === 'string') return { ...refusal(wanted, PACKAGES_FOLDER.slice(1)), inside: PACKAGES_FOLDER }
  const output = PACKAGES_FOLDER.slice(1)
  const files = { [ENTRY]: entryOf(wanted), [LOCK_FILE]: lock }
  // The lock is kept with what it names, for the job to be held to it.
  const command = `mkdir ${output} && cp ${LOCK_FILE} ${output} && ${fetching(`${output}/${LOCK_FILE} --frozen`)}`
  const cacheFolder = `/job/${output}/${CACHE_FOLDER}`
  return { ...fetchStep(command, files, { toolchain, registries, output, cacheFolder }), inside: PACKAGES_FOLDER }
}

function fetching(lock: string): string {
  return `"$1" cache --quiet --allow-import --no-config --lock=${lock} ${ENTRY}`
}

/** What a lock of any version names by itself: modules by URL, and what imports asked for; a text says why it cannot be read. */
function lockedModules(lock: string): readonly string[] | string {
  let value: unknown
  try {
    value = JSON.parse(lock)
  } catch {
    return 'The lock of the script is no deno.lock: deploy the script again to make a new one.'
  }
  const keysOf = (from: unknown, name: string): string[] => {
    const found: unknown = typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined
    return typeof found === 'object' && found !== null ? Object.keys(found) : []
  }
  const older: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'packages') : undefined
  return [...keysOf(value, 'specifiers'), ...keysOf(older, 'specifiers'), ...keysOf(value, 'remote')]
}

/** A module that imports all of these, for nothing but to have them fetched. */
function entryOf(modules: readonly string[]): string {
  return [...new Set(modules)]
    .sort()
    .map((name) => `import ${JSON.stringify(name)}\n`)
    .join('')
}

interface FetchTerms {
  readonly toolchain: FoundToolchain
  readonly registries: Registries
  readonly output: string
  readonly cacheFolder: string
}

function fetchStep(command: string, files: Readonly<Record<string, string>>, terms: FetchTerms): Step {
  const { toolchain, registries, output, cacheFolder } = terms
  const key = createHash('sha256')
    .update(JSON.stringify([toolchain.version, command, files]))
    .digest('hex')
  const certificates = registries.env['SSL_CERT_FILE'] ?? registries.env['NODE_EXTRA_CA_CERTS']
  return {
    key,
    files,
    // Deno prints its own stack with some errors, which says nothing to the one who reads it.
    argv: [
      '/bin/sh',
      '-c',
      `said=$(${command} 2>&1) || { printf '%s\\n' "$said" | sed '/^Stack backtrace:/,$d' >&2; exit 1; }`,
      'sh',
      toolchain.paths['engine'] ?? '',
    ],
    env: {
      ...jobEnvironment,
      DENO_DIR: cacheFolder,
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      ...(certificates !== undefined && { DENO_CERT: certificates }),
      ...registries.env,
    },
    cache: cacheFolder.startsWith('/cache'),
    network: 'host',
    output,
  }
}
