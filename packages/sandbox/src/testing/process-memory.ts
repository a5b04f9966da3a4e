import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'

const PAGE_BYTES = 4096
const PIECE_BYTES = 4_194_304

/** A process and what came of it. */
export interface Relative {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** All that came of a process and still lives, as this host sees it. */
export function listDescendants(root: number): readonly Relative[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readRelative(Number(name)) : []))
  const found: Relative[] = []
  const open = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = all.filter(({ parent }) => parent === next)
    found.push(...children)
    open.push(...children.map(({ pid }) => pid))
  }
  return found
}

/**
 * Which of these words are in the environment, the command line or the memory of a process, as bytes or as text of two bytes a
 * character; takes the rights of root. Throws where the memory cannot be read, for then nothing is known.
 */
export function findWords(pid: number, words: readonly string[]): ReadonlySet<string> {
  const needles = words.flatMap((word) => [
    [word, Buffer.from(word)] as const,
    [word, Buffer.from(word, 'utf16le')] as const,
  ])
  const found = new Set<string>()
  const look = (bytes: Buffer) => {
    for (const [word, needle] of needles) if (!found.has(word) && bytes.includes(needle)) found.add(word)
  }
  for (const name of ['environ', 'cmdline']) look(readFileSync(`/proc/${pid}/${name}`))
  for (const bytes of memoryOf(pid, Math.max(...needles.map(([, needle]) => needle.length)))) look(bytes)
  return found
}

/** What a process has in memory, in pieces that overlap. */
function* memoryOf(pid: number, overlap: number): Generator<Buffer> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const pages = openSync(`/proc/${pid}/pagemap`, 'r')
  try {
    const parts = listRegions(pid).flatMap(({ start, end }) => listPresent(pages, start, end))
    for (const part of parts) {
      for (let at = part.start; at < part.end; at += PIECE_BYTES - overlap) {
        const bytes = readAt(memory, at, Math.min(PIECE_BYTES, part.end - at))
        if (bytes.length > 0) yield bytes
      }
    }
  } finally {
    closeSync(memory)
    closeSync(pages)
  }
}

interface Part {
  readonly start: number
  readonly end: number
}

/** What it has written or may have: not what is mapped from files as it is there. */
function listRegions(pid: number): readonly Part[] {
  const regions = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  return regions.flatMap((region) => {
    const [, start = '', end = '', readable] = /^([0-9a-f]+)-([0-9a-f]+) (.)/.exec(region) ?? []
    const holdsOwn = /^(Anonymous|Private_Dirty|Shared_Dirty|Swap): +[1-9]/m.test(region)
    return readable === 'r' && holdsOwn ? [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }] : []
  })
}

/** The parts of a region that are there: interpreters reserve far more than they use. */
function listPresent(pages: number, start: number, end: number): readonly Part[] {
  const parts: { start: number; end: number }[] = []
  const step = PIECE_BYTES * 64
  for (let from = start; from < end; from += step) {
    const count = (Math.min(step, end - from) / PAGE_BYTES) | 0
    const entries = readAt(pages, (from / PAGE_BYTES) * 8, count * 8)
    for (let index = 0; index * 8 < entries.length; index += 1) {
      // Bit 63: in memory.
      if (((entries[index * 8 + 7] ?? 0) & 0x80) === 0) continue
      const at = from + index * PAGE_BYTES
      const last = parts.at(-1)
      if (last?.end === at) last.end = at + PAGE_BYTES
      else parts.push({ start: at, end: at + PAGE_BYTES })
    }
  }
  return parts
}

/** Less than was asked for where the rest has gone meanwhile. */
function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, position))
  } catch {
    return bytes.subarray(0, 0)
  }
}

function readRelative(pid: number): Relative[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    return [{ pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() }]
  } catch {
    return []
  }
}
