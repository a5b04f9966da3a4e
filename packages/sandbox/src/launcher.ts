import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Cgroup } from './cgroup/cgroup.ts'
import type { Limits } from './spec.ts'
import { BOX_PROCESSES } from './cgroup/cgroup.ts'
import { countProcessesOf } from './process-tree.ts'
import { processUser } from './uid-leases.ts'

/** The highest descriptor that a sandbox gives to its box on purpose. */
const DESCRIPTOR_MAX = 6
const CLOSE_ON_EXEC = 0o2000000

/** Joins the control groups, bounds itself and becomes the command; a bound above the host's own is left at the host's. */
const SCRIPT = `umask 022
ulimit -c 0
ulimit -n "$1" 2>/dev/null
ulimit -f "$2" 2>/dev/null
[ "$3" = - ] || ulimit -p "$3" 2>/dev/null || ulimit -u "$3" 2>/dev/null
groups=$4
shift 4
while [ "$groups" -gt 0 ]; do
  echo 0 >"$1" || exit 126
  groups=$((groups - 1))
  shift
done
exec "$@"`

/**
 * A command line that bounds itself before it becomes `command`. Memory is never bounded by address space, which kills
 * programs that only reserve it. Processes are counted by the control group where there is one; else by user, and when
 * boxes share our user, on top of what it already runs. The spawner has no descriptors that a box could inherit.
 */
export function launchCommand(
  command: readonly string[],
  limits: Limits,
  group: Cgroup | undefined,
  startedBy: 'us' | 'spawner',
): [string, ...string[]] {
  const joinFiles = group?.joinFiles ?? []
  const blocks = Math.max(1, Math.floor(limits.fileBytesMax / 512))
  const bounds = [String(limits.openFilesMax), String(blocks), group ? '-' : String(processBound(limits))]
  return [
    ...(startedBy === 'us' ? shell() : (['/bin/sh', '-c', SCRIPT] as const)),
    'sh',
    ...bounds,
    String(joinFiles.length),
    ...joinFiles,
    ...command,
  ]
}

/**
 * What starts the script. Descriptors that whoever started us left open would reach the box; to close those past 9 takes
 * bash, since others read `exec 10>&-` as a command named 10.
 */
function shell(): [string, ...string[]] {
  leaked ??= findLeakedDescriptors()
  if (leaked.length === 0) return ['/bin/sh', '-c', SCRIPT]
  const closing = leaked.map((descriptor) => `exec ${descriptor}>&-`)
  const program = leaked.some((descriptor) => descriptor > 9) ? '/bin/bash' : '/bin/sh'
  const script = [...closing, SCRIPT].join('\n')
  return program === '/bin/bash' ? [program, '--posix', '-c', script] : [program, '-c', script]
}

let leaked: readonly number[] | undefined

function findLeakedDescriptors(): number[] {
  const folder = '/proc/self/fdinfo'
  const descriptors = existsSync(folder) ? readdirSync(folder).map(Number) : []
  return descriptors.filter((descriptor) => descriptor > DESCRIPTOR_MAX && isInheritable(`${folder}/${descriptor}`))
}

function isInheritable(path: string): boolean {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1]
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0
  } catch {
    return false
  }
}

function processBound(limits: Limits): number {
  const uid = processUser()
  const running = uid === undefined || uid === 0 ? 0 : countProcessesOf(uid)
  return limits.processesMax + BOX_PROCESSES + running
}
