import { createHash } from 'node:crypto'
import type { Dependencies, FoundToolchain, Install, Registries, ScriptSource, Step } from '../runtime.ts'
import { jobEnvironment } from '../shared/job-environment.ts'
import { readRequirementLines } from './annotations.ts'
import { workspaceImports } from './imports.ts'
import { collectNeeds, manifestNames, wantedVersion } from './needs.ts'
import { chooseInterpreter, missingInterpreter, readLockedVersion, type Interpreter } from './python-version.ts'

/** Where a job finds the packages of its lock. */
export const PACKAGES = '/deps'
/** Part of every key: raised when the same needs come to another output. */
const REVISION = 1
const REQUEST = 'request.json'
const LOCK = 'requirements.lock'

/** Packages of PyPI, or of an index like it: pinned and installed by uv. */
export const dependencies: Dependencies = {
  manifestFile: 'requirements.in',
  workspaceImports,
  manifestNames,
  resolve,
  install,
}

/** The interpreter that a script runs with: its lock says which, else the script, else it is the host's default. */
export function interpreterOf(script: ScriptSource, toolchain: FoundToolchain): Interpreter {
  const lock = script.lock ?? ''
  const asked = hasPackages(lock) ? undefined : wantedVersion(script)
  return chooseInterpreter(readLockedVersion(lock) ?? asked, toolchain)
}

/** Whether a lock names any package; one without may still name a version of Python. */
export function hasPackages(lock: string): boolean {
  return readRequirementLines(lock).length > 0
}

function resolve(script: ScriptSource, toolchain: FoundToolchain, registries: Registries): Step | undefined {
  const { interpreter, ...needs } = collectNeeds(script, toolchain)
  const isMet = needs.requirements.length === 0 && interpreter.program !== undefined && needs.problem === undefined
  if (isMet) return undefined
  const request = { ...describe(interpreter, toolchain), ...needs }
  return makeStep('resolve', request, { toolchain, registries, output: LOCK })
}

function install(lock: string, toolchain: FoundToolchain, registries: Registries): Install | undefined {
  const interpreter = chooseInterpreter(readLockedVersion(lock), toolchain)
  const requirements = readRequirementLines(lock)
  if (requirements.length === 0 && interpreter.program !== undefined) return undefined
  const request = { ...describe(interpreter, toolchain), requirements }
  return { ...makeStep('install', request, { toolchain, registries, output: 'packages' }), inside: PACKAGES }
}

function describe(interpreter: Interpreter, toolchain: FoundToolchain): Readonly<Record<string, unknown>> {
  const { minor, program } = interpreter
  return {
    version: `3.${minor}`,
    program: program ?? null,
    missing: program === undefined ? missingInterpreter(minor, toolchain) : undefined,
    uv: toolchain.paths['uv'],
  }
}

interface StepFrame {
  readonly toolchain: FoundToolchain
  readonly registries: Registries
  readonly output: string
}

function makeStep(action: string, request: Readonly<Record<string, unknown>>, frame: StepFrame): Step {
  const { toolchain, registries, output } = frame
  const text = JSON.stringify(request)
  const platform = `${process.platform}-${process.arch}`
  const key = createHash('sha256').update(JSON.stringify([REVISION, action, platform, text, registries.env]))
  return {
    key: key.digest('hex'),
    files: { [REQUEST]: text },
    argv: [
      toolchain.paths['python'] ?? 'python3',
      '-I',
      '-S',
      '-B',
      '-X',
      'utf8',
      '/runtime/dependencies.py',
      action,
      '/cache',
    ],
    env: { ...jobEnvironment, ...registries.env },
    cache: true,
    network: 'host',
    output,
  }
}
