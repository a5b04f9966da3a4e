import { dirname } from 'node:path'
import { refusedSyscalls } from '@millrace/sandbox'
import { nameOf, type Attempt } from './attempt.ts'
import { againstNetwork } from './network-attempts.ts'
import { againstKernel, againstRights } from './system-attempts.ts'
import type { EscapeTargets } from './targets.ts'

/** The whole corpus against these targets. */
export function listAttempts(targets: EscapeTargets): readonly Attempt[] {
  return [
    ...againstProcesses(targets),
    ...againstFiles(targets),
    ...againstWalls(targets),
    ...againstKernel(),
    ...againstRights(),
    ...againstNetwork(targets),
    ...againstOtherJobs(targets),
    ...againstCalls(),
  ]
}

function againstProcesses({ secret, serverPid: pid, serverMark, canary }: EscapeTargets): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({
    name,
    tries,
    needs: 'processes',
    by,
  })
  return [
    about('server-environment', 'reads the environment of the server', 'read', `/proc/${pid}/environ`, secret),
    about('server-command', 'reads the command line of the server', 'read', `/proc/${pid}/cmdline`, serverMark),
    about('server-memory', 'reads the memory of the server', 'memory', String(pid), secret),
    about('server-root', 'reads files through the root of the server', 'read', `/proc/${pid}/root${canary}`, secret),
    about(
      'server-folder',
      'reads files through the folder the server works in',
      'read',
      `/proc/${pid}/cwd/canary`,
      secret,
    ),
    about('server-descriptor', 'reads a file that the server holds open', 'read', `/proc/${pid}/fd/0`, secret),
    about('server-signal', 'sends a signal to the server', 'signal', String(pid)),
    about('any-environment', 'finds a secret in the environment of any process', 'scan', 'environ', secret),
    about('any-command', 'finds the server in the list of processes', 'scan', 'cmdline', serverMark),
    about('any-root', 'reads a file through the root of any process', 'scan', `root${canary}`, secret),
    about('any-folder', 'reads a file through the folder of any process', 'scan', 'cwd/canary', secret),
    about('any-descriptor', 'reads a file that any process holds open', 'scan', 'fd/0', secret),
    about(
      'thread-environment',
      'reads it through the threads of the server',
      'read',
      `/proc/${pid}/task/${pid}/environ`,
      secret,
    ),
    about(
      'enter-server',
      'enters the namespaces of the server',
      'run',
      'WORKED',
      `nsenter -t ${pid} -m -p cat ${canary} | grep -q ${secret} && echo WORKED`,
    ),
    about(
      'enter-init',
      'enters the namespaces of process 1',
      'run',
      'WORKED',
      `nsenter -t 1 -m cat ${canary} | grep -q ${secret} && echo WORKED`,
    ),
  ]
}

function againstFiles(targets: EscapeTargets): Attempt[] {
  const { canary, canaryFolder, dataFolder, secret, neighbourFolder } = targets
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'files', by })
  return [
    about('host-file', 'reads a file of the host by its path', 'read', canary, secret),
    about('host-folder', 'lists a folder of the host', 'list', canaryFolder, 'canary'),
    about('data-folder', 'lists the data folder of the server', 'list', dataFolder, ''),
    about('shadow', 'reads the passwords of the host', 'read', '/etc/shadow', ''),
    about('home-of-root', 'lists the home of root', 'list', '/root', ''),
    about('homes', 'lists the homes of users', 'list', '/home', ''),
    about('state', 'lists the state of services', 'list', '/var/lib', ''),
    about('logs', 'lists the logs of the host', 'list', '/var/log', ''),
    about('run', 'lists sockets and states of services', 'list', '/run', ''),
    about('mail', 'lists the spool of the host', 'list', '/var/spool', ''),
    about('boot', 'lists the boot folder', 'list', '/boot', ''),
    about('symlink', 'reads a file of the host through a link in its folder', 'symlink', canary, secret),
    about(
      'symlink-to-process',
      'reads through a link to the root of process 1',
      'symlink',
      `/proc/1/root${canary}`,
      secret,
    ),
    about('dots', 'climbs above its root by dots', 'read', `/job/${'../'.repeat(20)}${canary.slice(1)}`, secret),
    about(
      'dots-in-proc',
      'climbs above its root through its own process',
      'read',
      `/proc/self/root/${'../'.repeat(20)}${canary.slice(1)}`,
      secret,
    ),
    about(
      'dots-of-folder',
      'climbs above its folder through its own process',
      'read',
      `/proc/self/cwd/${'../'.repeat(20)}${canary.slice(1)}`,
      secret,
    ),
    about(
      'parent-root',
      'reads a file of the host through its parent',
      'read',
      `/proc/self/../1/root${canary}`,
      secret,
    ),
    about('hard-link', 'links a file of the system into its folder', 'hardlink', '/etc/passwd'),
    about('hard-link-to-program', 'links a program into its folder', 'hardlink', '/usr/bin/env'),
    about('inherited-descriptors', 'holds a folder or a file that nobody gave it', 'descriptors'),
    about(
      'change-root',
      'makes another folder its root',
      'run',
      'WORKED',
      `chroot . /bin/true 2>&1; chroot / /bin/true && echo WORKED`,
    ),
    about('link-race', 'swaps a file for a link while the path is opened', 'run', 'WORKED', linkRace(canary, secret)),
    about('other-jobs', 'lists the folder of all jobs', 'list', dirname(neighbourFolder), ''),
    about(
      'other-jobs-inside',
      'lists the jobs that its interpreter serves',
      'run',
      'WORKED',
      `for f in /jobs/*; do [ -e "$f" ] && echo WORKED; done`,
    ),
    about(
      'archive-of-host',
      'packs a folder of the host by a tool of the system',
      'run',
      'WORKED',
      `tar cf - ${canaryFolder} 2>/dev/null | grep -aq ${secret} && echo WORKED`,
    ),
  ]
}

/** Many turns of a name between a file of its own and a link to the host's, with readers meanwhile. */
function linkRace(canary: string, secret: string): string {
  return `echo mine >own; ln -sf ${canary} theirs; i=0; while [ $i -lt 40 ]; do ln -f own turn; cp -P theirs turn2; mv -f turn2 turn; grep -qs ${secret} turn && { echo WORKED; break; }; i=$((i+1)); done`
}

function againstWalls({ program, readOnlyMounts }: EscapeTargets): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'files', by })
  const places = [
    '/',
    '/usr',
    '/usr/lib',
    '/usr/local/bin',
    '/etc',
    '/bin',
    '/lib',
    '/sbin',
    '/dev',
    '/proc',
    '/sys',
    '/var',
    '/opt',
    '/jobs',
  ]
  const made = [...new Set([...places, ...readOnlyMounts])]
  const mount = (what: string) => `mkdir -p m; ${what} && echo WORKED; umount m 2>/dev/null`
  return [
    ...made.map((folder) => about(`write-${nameOf(folder)}`, `makes a file in ${folder}`, 'create', folder)),
    about('write-interpreter', 'opens its interpreter for writing', 'open', program),
    about('write-loader', 'opens the list of libraries for writing', 'open', '/etc/ld.so.cache'),
    about('write-names', 'opens the list of hosts for writing', 'open', '/etc/hosts'),
    about('write-users', 'opens the list of users for writing', 'open', '/etc/passwd'),
    about('write-shell', 'opens the shell for writing', 'open', '/bin/sh'),
    about('write-filter', 'opens the filter of system calls for writing', 'open', '/etc/millrace-seccomp.bpf'),
    about('mount-memory', 'mounts a file system', 'run', 'WORKED', mount('mount -t tmpfs x m')),
    about('mount-bind', 'mounts one folder over another', 'run', 'WORKED', mount('mount --bind /usr m')),
    about('mount-processes', 'mounts a fresh list of processes', 'run', 'WORKED', mount('mount -t proc proc m')),
    about('mount-kernel', 'mounts the settings of the kernel', 'run', 'WORKED', mount('mount -t sysfs sysfs m')),
    about('mount-groups', 'mounts the control groups', 'run', 'WORKED', mount('mount -t cgroup2 none m')),
    about(
      'remount',
      'makes the system writable',
      'run',
      'WORKED',
      `for p in /usr /etc/ssl /runtime; do mount -o remount,rw,bind $p 2>/dev/null && echo WORKED; done`,
    ),
    about(
      'unmount',
      'takes a mount away to see what is below',
      'run',
      'WORKED',
      `unshare --mount sh -c 'umount -l /proc && echo WORKED'`,
    ),
    about(
      'mount-layers',
      'mounts folders over each other',
      'run',
      'WORKED',
      mount('mkdir -p u w; mount -t overlay x -o lowerdir=/usr,upperdir=u,workdir=w m'),
    ),
  ]
}

/** What one job leaves for the next, or takes from one that runs beside it. */
function againstOtherJobs(targets: EscapeTargets): Attempt[] {
  const { secret, neighbourFolder, neighbourMark, leftMark, round, readOnlyMounts } = targets
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({
    name,
    tries,
    needs: 'files',
    network: 'none',
    by,
  })
  const traces = [
    ...new Set([
      '/tmp',
      '/dev/shm',
      '/var/tmp',
      '/run/lock',
      '/dev/mqueue',
      '.',
      '..',
      '/cache',
      '/build',
      '/packages',
      ...readOnlyMounts,
    ]),
  ]
  return [
    about('neighbour-file', 'reads a file of a job beside it', 'read', `${neighbourFolder}/secret`, secret),
    about('neighbour-write', 'opens a file of a job beside it for writing', 'open', `${neighbourFolder}/secret`),
    {
      ...about('neighbour-command', 'sees the command of a job beside it', 'scan', 'cmdline', neighbourMark),
      needs: 'processes',
    },
    {
      ...about('own-environment', 'finds a secret of the server in its own environment', 'env', secret),
      needs: 'user',
    },
    ...traces.map((folder) =>
      about(`trace-${nameOf(folder)}`, `leaves a file in ${folder} for the next job`, 'trace', folder, String(round)),
    ),
    {
      ...about('left-process', 'leaves a process behind, which the next job sees', 'leave', leftMark),
      needs: 'processes',
    },
    {
      ...about('left-memory', 'leaves shared memory for the next job', 'run', 'WORKED', leaveMemory(round)),
      needs: 'processes',
    },
  ]
}

/** A segment of an odd size, by which the next job knows it and takes it away. */
function leaveMemory(round: number): string {
  if (round === 1) return 'ipcmk -M 47113 >/dev/null 2>&1'
  return `ipcs -m 2>/dev/null | while read -r key id owner mode size rest; do [ "$size" = 47113 ] && echo WORKED && ipcrm -m $id; done`
}

/** Every call that the filter refuses, with arguments that do nothing where it does not. */
function againstCalls(): Attempt[] {
  return refusedSyscalls().map(({ name, number }) => ({
    name: `call-${name}`,
    tries: `makes the system call ${name}`,
    needs: 'calls',
    by: ['call', String(number)],
  }))
}
