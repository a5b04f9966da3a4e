import { readdirSync, readFileSync } from 'node:fs'

/** The kernel counts processor time in these. */
const MS_PER_TICK = 10

/** How the processors of this host were used, since it started; differences count. */
export interface ProcessorTime {
  /** By everybody. */
  readonly busyMs: number
  /** By a process and all that came of it. */
  readonly ownMs: number
  /** For how long the first thread of the process was ready to run, and no processor had time for it. */
  readonly waitedMs: number
}

/** As it is now, seen from a process. */
export function readProcessorTime(pid: number): ProcessorTime {
  const ticks = (read('/proc/stat').split('\n')[0] ?? '').split(/\s+/).map(Number)
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks
  return {
    busyMs: (user + nice + system + irq + softirq + steal) * MS_PER_TICK,
    ownMs: treeTicks(pid) * MS_PER_TICK,
    waitedMs: Number(read(`/proc/${pid}/schedstat`).split(' ')[1] ?? 0) / 1e6,
  }
}

/**
 * For how long strangers kept a process from running between two looks: its wait, by the share that they had of what was used
 * meanwhile. What its own tree takes from it is not excused.
 */
export function starvedMs(before: ProcessorTime, after: ProcessorTime): number {
  const busyMs = after.busyMs - before.busyMs
  const strangersMs = Math.max(0, busyMs - (after.ownMs - before.ownMs))
  return busyMs <= 0 ? 0 : ((after.waitedMs - before.waitedMs) * Math.min(busyMs, strangersMs)) / busyMs
}

interface Counted {
  readonly pid: number
  readonly parent: number
  /** Of itself, and of its children that have ended. */
  readonly ticks: number
}

function treeTicks(root: number): number {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? count(Number(name)) : []))
  const byParent = Map.groupBy(all, ({ parent }) => parent)
  const open = all.filter(({ pid }) => pid === root)
  let sum = 0
  for (let next = open.pop(); next; next = open.pop()) {
    sum += next.ticks
    open.push(...(byParent.get(next.pid) ?? []))
  }
  return sum
}

function count(pid: number): Counted[] {
  const stat = read(`/proc/${pid}/stat`)
  // Its name, which may be anything, stands in brackets.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (words.length < 16) return []
  return [{ pid, parent: Number(words[1]), ticks: words.slice(11, 15).reduce((sum, word) => sum + Number(word), 0) }]
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
