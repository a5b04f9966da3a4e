import { dirname } from 'node:path'
import { refusedSyscalls } from '@millrace/sandbox'
import type { Isolation } from '@millrace/sandbox/spec'
import type { EscapeTargets } from './targets.ts'

/** One way out of a box, as data; the driver of each language carries it out by its own means. */
export interface Attempt {
  /** Permanent and unique. */
  readonly name: string
  /** What it is after, as the end of "a job …". */
  readonly tries: string
  /** What the sandbox must declare for it to fail. */
  readonly needs: keyof Isolation
  /** The network it is meant for; any when absent. */
  readonly network?: 'host' | 'none'
  /** A kind that the drivers know, and its words (`README.md`). */
  readonly by: readonly [kind: string, ...words: string[]]
}

/** The whole corpus against these targets. */
export function listAttempts(targets: EscapeTargets): readonly Attempt[] {
  return [
    ...againstProcesses(targets),
    ...againstFiles(targets),
    ...againstWalls(targets),
    ...againstKernel(targets),
    ...againstRights(targets),
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

function againstKernel(_targets: EscapeTargets): Attempt[] {
  const opened: Readonly<Record<string, [path: string, tries: string]>> = {
    'core-pattern': ['/proc/sys/kernel/core_pattern', 'names the program that the kernel starts at a crash'],
    'system-request': ['/proc/sysrq-trigger', 'gives the kernel an order'],
    'module-loader': ['/proc/sys/kernel/modprobe', 'names the program that the kernel loads drivers by'],
    'program-formats': ['/proc/sys/fs/binfmt_misc/register', 'names an interpreter for all programs'],
    'drop-caches': ['/proc/sys/vm/drop_caches', 'empties the caches of the host'],
    'host-name': ['/proc/sys/kernel/hostname', 'renames the host'],
    'address-spaces': ['/proc/sys/kernel/randomize_va_space', 'takes randomness away from all programs'],
    'trace-scope': ['/proc/sys/kernel/yama/ptrace_scope', 'opens all processes to debuggers'],
    'hotplug-helper': ['/sys/kernel/uevent_helper', 'names the program that the kernel starts for devices'],
    'memory-of-host': ['/dev/mem', 'opens the memory of the machine'],
    'kernel-messages': ['/dev/kmsg', 'writes to the log of the kernel'],
    'virtual-machines': ['/dev/kvm', 'makes a virtual machine'],
    'user-file-systems': ['/dev/fuse', 'makes a file system of its own'],
    'loop-devices': ['/dev/loop-control', 'makes a disk of a file'],
    'network-tunnels': ['/dev/net/tun', 'makes a network device'],
    console: ['/dev/console', 'writes to the console'],
    'first-terminal': ['/dev/tty1', 'writes to a terminal of the machine'],
    'own-terminal': ['/dev/tty', 'types into the terminal of the server'],
  }
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'files', by })
  return [
    ...Object.entries(opened).map(([name, [path, tries]]) => about(name, tries, 'open', path)),
    about('kernel-memory', 'reads the memory of the kernel', 'read', '/proc/kcore', ''),
    about(
      'kernel-log',
      'reads the log of the kernel',
      'run',
      'WORKED',
      'timeout 0.3 head -c 1 /proc/kmsg | grep -q . && echo WORKED; dmesg 2>/dev/null | grep -q . && echo WORKED',
    ),
    about(
      'kernel-addresses',
      'learns where the kernel lies',
      'run',
      'WORKED',
      `grep -v '^0* ' /proc/kallsyms 2>/dev/null | head -c 1 | grep -q . && echo WORKED`,
    ),
    about('kernel-debugging', 'reads what the kernel offers to debuggers', 'list', '/sys/kernel/debug', ''),
    about('kernel-settings', 'sees the devices and settings of the host', 'list', '/sys/kernel', ''),
    about('control-groups', 'sees the control groups of the host', 'list', '/sys/fs/cgroup', ''),
    about(
      'release-agent',
      'names the program that an empty control group starts',
      'run',
      'WORKED',
      `for f in /sys/fs/cgroup/*/release_agent; do [ -w "$f" ] && echo WORKED; done`,
    ),
    about(
      'limit-of-group',
      'raises the bound of its control group',
      'run',
      'WORKED',
      `for f in $(cut -d: -f3 /proc/self/cgroup); do for g in /sys/fs/cgroup/memory$f/memory.limit_in_bytes /sys/fs/cgroup$f/memory.max; do [ -w "$g" ] && echo WORKED; done; done`,
    ),
    about('block-device', 'makes a device of the disk', 'run', 'WORKED', 'mknod disk b 8 0 && echo WORKED; rm -f disk'),
    about(
      'disks',
      'finds a disk among its devices',
      'run',
      'WORKED',
      `find /dev -type b 2>/dev/null | grep -q . && echo WORKED`,
    ),
  ]
}

function againstRights(_targets: EscapeTargets): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'user', by })
  return [
    about(
      'become-root',
      'becomes root by a program that may',
      'run',
      'WORKED',
      `for c in 'su -c' 'sudo -n sh -c' 'pkexec sh -c'; do $c 'grep -q "^CapEff:.*[1-9a-f]" /proc/self/status && echo WORKED' </dev/null 2>/dev/null; done`,
    ),
    about(
      'capabilities',
      'holds a right of root',
      'run',
      'WORKED',
      `grep -Eq '^Cap(Eff|Prm|Bnd|Amb|Inh):.*[1-9a-f]' /proc/self/status && echo WORKED`,
    ),
    about(
      'new-privileges',
      'may gain rights by a program',
      'run',
      'WORKED',
      `grep -q '^NoNewPrivs:.0' /proc/self/status && echo WORKED`,
    ),
    {
      ...about(
        'no-filter',
        'runs without a filter of system calls',
        'run',
        'WORKED',
        `grep -q '^Seccomp:.0' /proc/self/status && echo WORKED`,
      ),
      needs: 'calls',
    },
    {
      ...about(
        'user-namespace',
        'makes a namespace in which it is root',
        'run',
        'WORKED',
        'unshare --user --map-root-user echo WORKED',
      ),
      needs: 'calls',
    },
    {
      ...about('mount-namespace', 'makes mounts of its own', 'run', 'WORKED', 'unshare --mount echo WORKED'),
      needs: 'calls',
    },
    {
      ...about('network-namespace', 'makes a network of its own', 'run', 'WORKED', 'unshare --net echo WORKED'),
      needs: 'calls',
    },
    {
      ...about(
        'process-namespace',
        'makes a list of processes of its own',
        'run',
        'WORKED',
        'unshare --pid --fork echo WORKED',
      ),
      needs: 'calls',
    },
    {
      ...about('group-namespace', 'makes control groups of its own', 'run', 'WORKED', 'unshare --cgroup echo WORKED'),
      needs: 'calls',
    },
    about('user-map', 'maps itself to root', 'run', 'WORKED', `echo '0 0 1' >/proc/self/uid_map && echo WORKED`),
    about(
      'open-files',
      'raises its bound of open files',
      'run',
      'WORKED',
      `[ "$(ulimit -H -n)" = unlimited ] && echo WORKED; ulimit -H -n $(( $(ulimit -H -n) + 1 )) 2>/dev/null && echo WORKED`,
    ),
    about('core-dumps', 'leaves images of its memory', 'run', 'WORKED', `ulimit -H -c 1000 2>/dev/null && echo WORKED`),
    about(
      'hurry',
      'runs before all others',
      'run',
      'WORKED',
      `nice -n -5 sh -c 'test $(nice) -lt 0 && echo WORKED' 2>/dev/null; chrt -f 10 echo WORKED 2>/dev/null`,
    ),
    about(
      'survive-memory',
      'is spared when memory runs out',
      'run',
      'WORKED',
      `(echo -999 >/proc/self/oom_score_adj) 2>/dev/null && echo WORKED`,
    ),
    about(
      'owner',
      'gives a file to root',
      'run',
      'WORKED',
      `touch given && chown 0:0 given 2>/dev/null && [ "$(stat -c %u given)" = 0 ] && [ "$(id -u)" != 0 ] && echo WORKED; [ "$(id -u)" = 0 ] && echo WORKED; rm -f given`,
    ),
    about(
      'device-by-bit',
      'makes a program run as its owner',
      'run',
      'WORKED',
      `cp /usr/bin/id own-id && chmod 4755 own-id && ./own-id -u | grep -qx 0 && echo WORKED; rm -f own-id`,
    ),
  ]
}

function againstNetwork(targets: EscapeTargets): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({
    name,
    tries,
    needs: 'network',
    network: 'none',
    by,
  })
  const metadata = (name: string, address: string, port = '80'): Attempt => ({
    name: `metadata-${name}`,
    tries: `asks ${address} for the credentials of the machine`,
    needs: 'metadata',
    by: ['tcp', address, port],
  })
  const sockets = [
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/containerd/containerd.sock',
    '/run/podman/podman.sock',
    '/run/systemd/private',
    '/run/dbus/system_bus_socket',
    '/var/run/postgresql/.s.PGSQL.5432',
    '/tmp/.s.PGSQL.5432',
    '/tmp/.X11-unix/X0',
  ]
  return [
    about('loopback', 'reaches a service on the loopback of the host', 'tcp', '127.0.0.1', String(targets.port)),
    about('loopback-6', 'reaches a service on the loopback by IPv6', 'tcp', '::1', String(targets.port)),
    about('any-address', 'reaches a service by the address of all', 'tcp', '0.0.0.0', String(targets.port)),
    about('internet', 'reaches an address of the internet', 'tcp', '1.1.1.1', '443'),
    about('names', 'asks a name server', 'tcp', '8.8.8.8', '53'),
    about(
      'interfaces',
      'sees the network of the host',
      'run',
      'WORKED',
      `tail -n +3 /proc/net/dev | grep -v '^ *lo:' | grep -q . && echo WORKED`,
    ),
    about(
      'connections',
      'sees the connections of the host',
      'run',
      'WORKED',
      `grep -qi ':${targets.port.toString(16).padStart(4, '0')} ' /proc/net/tcp && echo WORKED`,
    ),
    about('abstract-socket', 'reaches a service by a socket without a file', 'abstract', targets.abstractName),
    { ...about('host-socket', 'reaches a service by a socket in a folder', 'unix', targets.socket), needs: 'files' },
    ...sockets.map((path): Attempt => ({
      name: `socket-${nameOf(path)}`,
      tries: `reaches ${path}`,
      needs: 'files',
      by: ['unix', path],
    })),
    ...targets.databaseSockets.map((path, index): Attempt => ({
      name: `database-${index + 1}`,
      tries: 'reaches the database of the server',
      needs: 'files',
      by: ['unix', path],
    })),
    metadata('aws', '169.254.169.254'),
    metadata('containers', '169.254.170.2'),
    metadata('pods', '169.254.170.23'),
    metadata('aws-6', 'fd00:ec2::254'),
    metadata('google-6', 'fd20:ce::254'),
    metadata('alibaba', '100.100.100.200'),
    metadata('oracle', '192.0.0.192'),
    metadata('azure', '168.63.129.16'),
    ...(targets.linkLocal ? [metadata('probe', targets.linkLocal.address, String(targets.linkLocal.port))] : []),
    socket('packets', 17, 3, 3),
    socket('ciphers', 38, 5, 0),
    socket('hypervisor', 40, 1, 0),
    socket('bluetooth', 31, 3, 0),
    socket('cluster', 30, 5, 0),
    socket('firewall', 16, 3, 12),
    socket('devices', 16, 3, 15),
    socket('audit', 16, 3, 9),
    { ...socket('raw', 2, 3, 1), needs: 'user' },
  ]
}

function socket(name: string, family: number, type: number, protocol: number): Attempt {
  const by = ['socket', String(family), String(type), String(protocol)] as const
  return {
    name: `socket-of-${name}`,
    tries: `opens a socket of family ${family}, type ${type}, protocol ${protocol}`,
    needs: 'calls',
    by,
  }
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

function nameOf(path: string): string {
  return (
    path
      .replaceAll(/[^A-Za-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .toLowerCase() || (path === '/' ? 'root' : path === '.' ? 'here' : 'above')
  )
}
