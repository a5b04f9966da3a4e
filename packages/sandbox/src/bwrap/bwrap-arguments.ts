import type { RunSpec } from '../spec.ts'
import { INSIDE_UID, type SystemEntry } from '../system-folders.ts'

const NAMESPACES = ['user', 'ipc', 'pid', 'uts'].map((name) => `--unshare-${name}`)
/** Enough to unshare, mount, bring up a loopback and give all of it up; they count only inside the box. */
const NESTED_CAPABILITIES = ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_SETPCAP']

/** Descriptors of ours that bubblewrap reads and closes; 3 is the job's control channel. */
export const DESCRIPTORS = { arguments: 4, seccomp: 5, status: 6 } as const

/** What bubblewrap is told. It reads this from a descriptor, since a command line, with its secrets, shows to all. */
export function bwrapArguments(spec: RunSpec, system: readonly SystemEntry[]): string[] {
  const room = String(spec.limits.memoryBytesMax)
  return [
    ...NAMESPACES,
    '--unshare-cgroup-try',
    ...(spec.network === 'none' ? ['--unshare-net'] : []),
    ...['--uid', String(INSIDE_UID), '--gid', String(INSIDE_UID), '--hostname', 'millrace'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...(spec.nested ? NESTED_CAPABILITIES.flatMap((name) => ['--cap-add', name]) : []),
    ...['--seccomp', String(DESCRIPTORS.seccomp), '--json-status-fd', String(DESCRIPTORS.status)],
    ...system.flatMap(systemArguments),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...['/tmp', '/dev/shm'].flatMap((path) => ['--perms', '1777', '--size', room, '--tmpfs', path]),
    ...['--remount-ro', '/dev'],
    ...spec.mounts.flatMap((mount) => [mount.writable ? '--bind' : '--ro-bind', mount.host, mount.inside]),
    ...['--chdir', spec.cwd, '--clearenv'],
    ...Object.entries(spec.env).flatMap(([name, value]) => ['--setenv', name, value]),
    // Last, so that no mount is made inside a root that is closed.
    ...['--remount-ro', '/'],
  ]
}

function systemArguments(entry: SystemEntry): string[] {
  if (entry.kind === 'link') return ['--symlink', entry.target, entry.inside]
  return ['--ro-bind', entry.host, entry.inside]
}
