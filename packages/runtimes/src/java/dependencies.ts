import { readFileSync } from 'node:fs'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { contentKey } from '../shared/content-key.ts'
import { jobEnvironment } from '../shared/job-environment.ts'

const RESOLVE = readFileSync(new URL('./files/Resolve.java', import.meta.url), 'utf8')
const NO_MAVEN = 'packages are found with the libraries of Maven, which are not installed: apt-get install -y maven'
/** Where a build and a job see the jars of their lock. */
export const PACKAGES = '/packages'

/** Jars from Maven's repositories. A lock is a line for each: coordinates and SHA-256. */
export const dependencies: Dependencies = {
  workspaceImports: () => [],
  manifestNames: () => [],
  resolve,
  install,
}

/** The coordinates behind `//requirements:`, each in a comment of its own. */
export function readRequirements(source: string): readonly string[] {
  const lines = source.split(/\r?\n/)
  const at = lines.findIndex((line) => /^\s*\/\/\s*requirements:/.test(line))
  if (at < 0) return []
  const rest = lines.slice(at + 1)
  const end = rest.findIndex((line) => !/^\s*\/\//.test(line))
  const block = [lines[at]?.replace(/^.*?requirements:/, '//') ?? '', ...(end < 0 ? rest : rest.slice(0, end))]
  const coordinates = block.map((line) => line.replace(/^\s*\/\/\s*/, '').trim())
  return [...new Set(coordinates.filter((line) => line !== '' && !line.startsWith('#')))]
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const requirements = readRequirements(script.content)
  if (requirements.length === 0) return undefined
  const files = { requirements: `${requirements.join('\n')}\n` }
  return { ...describeStep('resolve', files, toolchain, registries), output: 'lock' }
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const lines = lock.split(/\r?\n/).map((line) => line.trim())
  const jars = lines.filter((line) => line !== '' && !/^(#|\/\/)/.test(line))
  if (jars.length === 0) return undefined
  const files = { lock: `${jars.join('\n')}\n` }
  return { ...describeStep('install', files, toolchain, registries), output: 'packages', inside: PACKAGES }
}

function describeStep(
  work: 'resolve' | 'install',
  files: Readonly<Record<string, string>>,
  toolchain: FoundToolchain,
  registries: Registries,
): Omit<Step, 'output'> {
  const { root = '', maven = '' } = toolchain.paths
  const java = [`${root}/bin/java`, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'] as const
  return {
    key: contentKey([work, RESOLVE, files]),
    files,
    argv:
      maven === ''
        ? ['/bin/sh', '-c', 'echo "$1" >&2; exit 1', 'sh', NO_MAVEN]
        : [...java, '-cp', `${maven}/*`, '/runtime/Resolve.java', work, '/cache/repository'],
    env: { ...jobEnvironment, ...registries.env },
    cache: true,
    network: 'host',
  }
}
