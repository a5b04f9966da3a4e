import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number
  /** Process that it is a child of. */
  readonly parent: number
  /** Its command line, with spaces between the words. */
  readonly command: string
}

/** Processes whose command line has this text, without the caller itself. */
export function listProcesses(text: string): readonly RunningProcess[] {
  const all = existsSync('/proc/self/cmdline') ? listByProc() : listByPs()
  return all.filter(({ pid, command }) => pid !== process.pid && command.includes(text))
}

/** Resident memory of a process in bytes; undefined where the system has no /proc. */
export function residentBytes(pid: number): number | undefined {
  const status = readOrNothing(`/proc/${pid}/status`)
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kb === undefined ? undefined : Number(kb) * 1024
}

function listByProc(): readonly RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({
      pid: Number(name),
      // What follows the name, which may hold brackets and spaces itself: state, parent.
      parent: Number(/.*\) \S (\d+)/s.exec(readOrNothing(`/proc/${name}/stat`))?.[1] ?? 0),
      command: readOrNothing(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
}

function listByPs(): readonly RunningProcess[] {
  const { stdout } = spawnSync('ps', ['-axww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && parent && command ? [{ pid: Number(pid), parent: Number(parent), command }] : []
  })
}

/** A process may end between two looks at it. */
function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
