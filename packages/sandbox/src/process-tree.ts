import { readdirSync, readFileSync } from 'node:fs'

const PAGE_BYTES = 4096

/** Process ids below `pid`, without it: as the kernel's child lists say, or from a scan of all processes. */
export function findDescendants(pid: number): number[] {
  const found: number[] = []
  const open = [pid]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = findChildren(next)
    found.push(...children)
    open.push(...children)
  }
  return found
}

/** Direct children of a process, of all its threads. */
export function findChildren(pid: number): number[] {
  const found: number[] = []
  for (const thread of list(`/proc/${pid}/task`)) {
    const text = read(`/proc/${pid}/task/${thread}/children`)
    if (text === undefined) continue
    for (const word of text.split(' ')) if (word.trim()) found.push(Number(word))
  }
  return found
}

/** Whether a process still lives; one that has ended and only waits to be noticed does not. */
export function isAlive(pid: number): boolean {
  const status = read(`/proc/${pid}/stat`)
  if (status === undefined) return process.platform !== 'linux' && answersSignal(pid)
  const state = status.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3)
  return state !== 'Z' && state !== 'X'
}

/** Sends a signal; a process that has gone meanwhile is no fault. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It went on its own, which is what was wanted.
  }
}

/** Resident bytes of processes. Pages that they share count once, but only when the cheap sum goes past `boundBytes`. */
export function measureMemory(pids: readonly number[], boundBytes: number): number {
  let resident = 0
  for (const pid of pids) resident += Number(read(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0) * PAGE_BYTES
  if (resident <= boundBytes) return resident

  let proportional = 0
  for (const pid of pids) proportional += proportionalBytes(pid)
  return proportional
}

/** Processes of our own user, for a bound on theirs that leaves ours alone. */
export function countProcessesOf(uid: number): number {
  let count = 0
  for (const pid of list('/proc')) {
    const status = /^\d+$/.test(pid) ? read(`/proc/${pid}/status`) : undefined
    if (status && new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(status))
      count += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 1)
  }
  return count
}

function proportionalBytes(pid: number): number {
  const rollup = read(`/proc/${pid}/smaps_rollup`)
  const kilobytes = rollup === undefined ? undefined : /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]
  if (kilobytes !== undefined) return Number(kilobytes) * 1024
  return Number(read(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0) * PAGE_BYTES
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
