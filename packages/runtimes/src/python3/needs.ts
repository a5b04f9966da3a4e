import type { FoundToolchain, ScriptSource } from '../runtime.ts'
import { readAnnotations, readRequirementLines, type Annotations, type Declared } from './annotations.ts'
import { isOfWorkspace, readImports, type Import, type Pin } from './imports.ts'
import { packageOf } from './package-names.ts'
import { chooseInterpreter, readLockedVersion, type Interpreter } from './python-version.ts'
import { isStandard } from './standard-library.ts'

/** The file of requirements that holds for all scripts of a workspace. */
const FOR_ALL = ''

/** What a script and the modules of its workspace need from outside. */
export interface Needs {
  /** As a file of requirements has them, sorted. */
  readonly requirements: readonly string[]
  /** The module whose import gave a requirement that nobody wrote, by requirement. */
  readonly inferred: Readonly<Record<string, string>>
  readonly interpreter: Interpreter
  /** Packages are looked for anew. */
  readonly isUncached: boolean
  /** Why these needs cannot be met. */
  readonly problem: string | undefined
}

/** Names of the dependency files that a source asks for. */
export function manifestNames(content: string): readonly string[] {
  const { requirements, extra } = readAnnotations(content)
  const files = requirements ? requirements.files : [FOR_ALL]
  return [...new Set([...files, ...(extra?.files ?? [])])]
}

/** The version of Python that a script asks for, or one of its modules; undefined where none does. */
export function wantedVersion(script: ScriptSource): string | undefined {
  const sources = [script.content, ...Object.values(script.modules ?? {})]
  const manifests = manifestNames(script.content).map((name) => script.manifests?.[name] ?? '')
  return (
    sources.map((source) => readAnnotations(source).python).find((version) => version !== undefined) ??
    manifests.map(readLockedVersion).find((version) => version !== undefined)
  )
}

/**
 * Gathers what a script needs: the list that it declares, else what its imports say; and the same for each of its modules,
 * unless the script's own list is there, which is then the whole truth.
 */
export function collectNeeds(script: ScriptSource, toolchain: FoundToolchain): Needs {
  const own = readAnnotations(script.content)
  const interpreter = chooseInterpreter(wantedVersion(script), toolchain)
  const collector = new Collector(script.manifests ?? {}, interpreter.minor)
  collector.add(script.content, own)
  if (!own.requirements)
    for (const source of Object.values(script.modules ?? {})) collector.add(source, readAnnotations(source))
  return { ...collector.finish(), interpreter, isUncached: own.isUncached }
}

/** The name of a package as indexes compare it; undefined for an address or an option. */
export function packageNameOf(requirement: string): string | undefined {
  const name = /^([A-Za-z0-9][\w.-]*)(?!:\/\/)/.exec(requirement)?.[1]
  if (name === undefined || /^(?:git\+|https?:)/.test(requirement)) return undefined
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-')
}

interface InferredPackage {
  readonly module: string
  readonly pins: Pin[]
}

class Collector {
  readonly #manifests: Readonly<Record<string, string>>
  readonly #minor: number
  readonly #written = new Set<string>()
  readonly #inferred = new Map<string, InferredPackage>()
  #problem: string | undefined

  constructor(manifests: Readonly<Record<string, string>>, minor: number) {
    this.#manifests = manifests
    this.#minor = minor
  }

  add(source: string, { requirements, extra }: Annotations): void {
    const forAll = this.#manifests[FOR_ALL] === undefined ? undefined : { lines: [], files: [FOR_ALL] }
    const declared = requirements ?? forAll
    if (declared) this.#declare(declared)
    else for (const each of readImports(source)) this.#infer(each)
    if (extra) this.#declare(extra)
  }

  finish(): Pick<Needs, 'requirements' | 'inferred' | 'problem'> {
    const inferred = new Map<string, string>()
    const requirements = new Set(this.#written)
    for (const { pins } of this.#inferred.values()) {
      const final = pins.filter((pin) => pin.isFinal)
      for (const { requirement } of final.length > 0 ? final : pins) requirements.add(requirement)
    }
    const named = new Set([...requirements].map(packageNameOf))
    for (const [name, { module, pins }] of this.#inferred) {
      if (pins.length > 0 || named.has(packageNameOf(name))) continue
      requirements.add(name)
      inferred.set(name, module)
    }
    return {
      requirements: [...requirements].sort(),
      inferred: Object.fromEntries(inferred),
      problem: this.#problem,
    }
  }

  #declare({ lines, files }: Declared): void {
    for (const line of lines) this.#written.add(line)
    for (const name of files) {
      const text = this.#manifests[name]
      if (text === undefined && name !== FOR_ALL)
        this.#problem ??= `The script names the dependency file "${name}", which this workspace does not have for Python: add it, or write the packages into the script, one a line below "#requirements:".`
      for (const line of readRequirementLines(text ?? '')) this.#written.add(line)
    }
  }

  #infer(each: Import): void {
    const [first = ''] = each.module.split('.')
    if (isOfWorkspace(each) || isStandard(first, this.#minor)) {
      if (!isOfWorkspace(each) || each.level === 0) this.#pinAnyway(each)
      return
    }
    const names = each.names?.length ? each.names.map((name) => `${each.module}.${name}`) : [each.module]
    for (const name of names) this.#note(packageOf(name), each)
  }

  /** A pin counts even behind an import that needs no package by itself. */
  #pinAnyway({ pins }: Import): void {
    for (const { requirement } of pins) this.#written.add(requirement)
  }

  #note(name: string | undefined, { module, pins }: Import): void {
    if (name === undefined) return this.#pinAnyway({ pins, module, level: 0, names: undefined })
    const known = this.#inferred.get(name)
    const missing = pins.filter(({ requirement }) => !known?.pins.some((pin) => pin.requirement === requirement))
    if (known) known.pins.push(...missing)
    else this.#inferred.set(name, { module, pins: [...pins] })
  }
}
