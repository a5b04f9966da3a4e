import type { FoundToolchain } from '../runtime.ts'

/** The Python that a script runs with; `program` is undefined where this host has none of that version. */
export interface Interpreter {
  /** Of 3.`minor`. */
  readonly minor: number
  readonly program: string | undefined
}

/** Versions that can be asked for though no host here may have them. */
const MINORS = [10, 11, 12, 13, 14, 9]

/**
 * The interpreter for a version specifier (`>=3.11`, `3.12`, `latest`): the host's default where it fits, else the newest that
 * fits, else one that the host lacks.
 */
export function chooseInterpreter(wanted: string | undefined, toolchain: FoundToolchain): Interpreter {
  const offered = offeredMinors(toolchain)
  const usual = minorOf(toolchain.version)
  if (wanted === 'latest') return interpreterOf(Math.max(...offered), toolchain)
  if (wanted === undefined || (isSatisfied(wanted, usual) && offered.includes(usual)))
    return interpreterOf(usual, toolchain)
  const fitting = offered.filter((minor) => isSatisfied(wanted, minor))
  if (fitting.length > 0) return interpreterOf(Math.max(...fitting), toolchain)
  const named = Number(/3\.(\d+)/.exec(wanted)?.[1] ?? usual)
  return interpreterOf(MINORS.find((minor) => isSatisfied(wanted, minor)) ?? named, toolchain)
}

/** The Python that a lock was made for, by its line `# py: 3.11`. */
export function readLockedVersion(lock: string): string | undefined {
  const version = /^#\s*py\s*:?\s*3\.(\d+)/m.exec(lock)?.[1]
  return version === undefined ? undefined : `==3.${version}`
}

/** The sentence for a job whose interpreter this host lacks. */
export function missingInterpreter(minor: number, toolchain: FoundToolchain): string {
  const offered = offeredMinors(toolchain).map((each) => `3.${each}`)
  return `Python 3.${minor} is not on this worker, which has ${offered.join(', ')}: install it where jobs can reach it (/usr/bin, /usr/local/bin, /opt), or ask for another version.`
}

/** Minor versions of the interpreters of this host, rising. */
export function offeredMinors(toolchain: FoundToolchain): number[] {
  const named = Object.keys(toolchain.paths).flatMap((name) => {
    const minor = /^python3\.(\d+)$/.exec(name)?.[1]
    return minor === undefined ? [] : [Number(minor)]
  })
  const all = new Set([...named, minorOf(toolchain.version)])
  return [...all].sort((a, b) => a - b)
}

/** Whether Python 3.`minor` fits a version specifier, whatever its patch level; what is no specifier does not limit. */
export function isSatisfied(specifier: string, minor: number): boolean {
  return specifier.split(',').every((clause) => isClauseSatisfied(clause.trim(), minor))
}

function isClauseSatisfied(clause: string, minor: number): boolean {
  const match = /^(>=|<=|==|!=|~=|>|<|=)?\s*(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?/.exec(clause)
  if (!match) return true
  const [, operator = '==', major = '', named = '*', patch] = match
  const difference = major !== '3' || named === '*' ? Math.sign(3 - Number(major)) : Math.sign(minor - Number(named))
  const hasPatch = patch !== undefined && patch !== '*'
  switch (operator) {
    case '>=':
      return difference >= 0
    case '>':
      return hasPatch ? difference >= 0 : difference > 0
    case '<=':
      return difference <= 0
    case '<':
      return hasPatch && patch !== '0' ? difference <= 0 : difference < 0
    case '!=':
      return hasPatch || difference !== 0
    case '~=':
      return patch === undefined ? difference >= 0 && major === '3' : difference === 0
    default:
      return difference === 0
  }
}

function interpreterOf(minor: number, toolchain: FoundToolchain): Interpreter {
  const isUsual = minor === minorOf(toolchain.version)
  return { minor, program: toolchain.paths[`python3.${minor}`] ?? (isUsual ? toolchain.paths['python'] : undefined) }
}

function minorOf(version: string): number {
  return Number(version.split('.')[1])
}
