import { err, ok, type Result } from '@millrace/base/result'

/** A folder that a script wants to find again in its next run. */
export interface Volume {
  readonly name: string
  /** Where the script sees it. */
  readonly inside: string
}

const ANNOTATION = /^(?:\/\/|#|--)\s*volume:(.*)$/
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** Where no system has folders that a job needs. */
const ROOTS = ['/volumes', '/data', '/mnt'] as const
const PART = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/
const COUNT_MAX = 8

/**
 * The volumes that `// volume: <name> <folder>` lines ask for, among the remarks that a source begins with (`#` and `--` in
 * languages that have those). The error says what is wrong with one, and what to write.
 */
export function readVolumes(source: string): Result<readonly Volume[], string> {
  const volumes: Volume[] = []
  for (const line of readHead(source)) {
    const words = ANNOTATION.exec(line)?.[1]?.trim().split(/\s+/)
    if (!words) continue
    const [name = '', inside = ''] = words
    const problem = findProblem(words, volumes)
    if (problem !== undefined) return err(`the line "${line}" names no volume: ${problem}`)
    volumes.push({ name, inside })
  }
  return ok(volumes)
}

/** Blank lines and remarks up to the first line of code. */
function readHead(source: string): string[] {
  const lines = source.split(/\r?\n/).map((line) => line.trim())
  const end = lines.findIndex((line) => line !== '' && line !== '<?php' && !/^(\/\/|#|--)/.test(line))
  return end < 0 ? lines : lines.slice(0, end)
}

function findProblem(words: readonly string[], others: readonly Volume[]): string | undefined {
  const [name = '', inside = ''] = words
  if (words.length !== 2) return 'write a name and a folder, such as "volume: cache /volumes/cache"'
  if (!NAME.test(name)) return 'a name has letters, digits, ".", "_" and "-", and at most 63 of them'
  const [, root = '', ...parts] = inside.split('/')
  const isBelowRoot = ROOTS.some((each) => each === `/${root}`) && inside.startsWith('/') && parts.length > 0
  if (!isBelowRoot || !parts.every((part) => PART.test(part)))
    return `its folder has to be below ${ROOTS.join(', ')}, without "..", such as /volumes/${name}`
  if (others.some((other) => other.name === name)) return `there is a volume ${name} already`
  const isWithin = (a: string, b: string) => a === b || a.startsWith(`${b}/`)
  const taken = others.find((other) => isWithin(inside, other.inside) || isWithin(other.inside, inside))
  if (taken) return `${taken.inside} of the volume ${taken.name} is the same place`
  return others.length < COUNT_MAX ? undefined : `a script has at most ${COUNT_MAX} volumes`
}
