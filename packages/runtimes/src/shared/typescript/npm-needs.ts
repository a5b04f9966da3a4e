import type { ScriptSource } from '../../runtime.ts'
import { readAnnotations } from './annotations.ts'
import { importsOf } from './sources.ts'
import type { PackageImport } from './specifier.ts'

/** The parts of a package.json that count here. */
export interface PackageJson {
  readonly dependencies: Readonly<Record<string, string>>
  readonly overrides?: Readonly<Record<string, unknown>>
  readonly resolutions?: Readonly<Record<string, unknown>>
  /** Packages that may run their install scripts. */
  readonly trustedDependencies?: readonly string[]
}

/** Names of the workspace's dependency files that a source asks for; the one without a name says versions to all others. */
export function manifestNames(content: string): readonly string[] {
  const { packageJson } = readAnnotations(content)
  return packageJson.length > 0 ? packageJson : ['']
}

/**
 * The package.json of a script: each package that it or a module imports, at the version of the import, else of a
 * dependency file, else the newest. Two versions of one package get two names (`packageName`). A dependency file that the
 * script names is taken whole. Throws a `SyntaxError` that names a dependency file which is no JSON.
 */
export function needsOf(script: ScriptSource): PackageJson {
  const manifests = Object.entries(script.manifests ?? {}).map(([name, text]) => readPackageJson(text, name))
  const known = Object.assign({}, ...manifests.map((manifest) => manifest.dependencies)) as Record<string, string>
  const named = Object.entries(script.manifests ?? {}).flatMap(([name, text]) =>
    name === '' ? [] : Object.entries(readPackageJson(text, name).dependencies),
  )
  const dependencies = new Map<string, string>(named)
  const imported = importsOf(script).flatMap(({ specifier }) => (specifier.kind === 'package' ? [specifier] : []))
  for (const wanted of imported.filter((each) => each.version !== undefined)) addPinned(dependencies, wanted)
  for (const wanted of imported) {
    const name = plainName(wanted)
    if (!dependencies.has(name)) dependencies.set(name, known[name] ?? 'latest')
  }

  const sorted = [...dependencies].sort(([a], [b]) => (a < b ? -1 : 1))
  const { overrides, resolutions, trustedDependencies }: Partial<PackageJson> = Object.assign({}, ...manifests)
  return {
    dependencies: Object.fromEntries(sorted),
    ...(overrides && { overrides }),
    ...(resolutions && { resolutions }),
    ...(trustedDependencies && { trustedDependencies }),
  }
}

/** Under which name an import finds its package, given what is installed. */
export function packageName(wanted: PackageImport, dependencies: Readonly<Record<string, string>>): string {
  const pinned = pinnedName(wanted)
  return pinned in dependencies ? pinned : plainName(wanted)
}

/** Reads a package.json; `file` is what an error calls it. */
export function readPackageJson(text: string, file: string): PackageJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SyntaxError(`the dependency file "${file || 'package.json'}" is no JSON: ${reason}`, { cause: error })
  }
  const read = (key: string): Record<string, unknown> | undefined => {
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
    return typeof found === 'object' && found !== null ? { ...found } : undefined
  }
  const dependencies = Object.entries(read('dependencies') ?? {}).map(([name, range]) => [name, String(range)] as const)
  const trusted = read('trustedDependencies')
  const [overrides, resolutions] = [read('overrides'), read('resolutions')]
  return {
    dependencies: Object.fromEntries(dependencies),
    ...(overrides && { overrides }),
    ...(resolutions && { resolutions }),
    ...(trusted && { trustedDependencies: Object.values(trusted).map(String) }),
  }
}

/** The first pin has the package's own name, each other one a name of its own. */
function addPinned(dependencies: Map<string, string>, wanted: PackageImport): void {
  const name = plainName(wanted)
  const range = wanted.version ?? 'latest'
  const present = dependencies.get(name)
  if (present === undefined) dependencies.set(name, range)
  else if (present !== range) dependencies.set(pinnedName(wanted), `npm:${name}@${range}`)
}

function plainName({ registry, name }: PackageImport): string {
  // How jsr.io offers its packages to package managers of npm.
  return registry === 'jsr' ? `@jsr/${name.replace(/^@/, '').replace('/', '__')}` : name
}

function pinnedName(wanted: PackageImport): string {
  return `${plainName(wanted)}--${(wanted.version ?? '').replace(/[^\w.-]/g, '_')}`
}
