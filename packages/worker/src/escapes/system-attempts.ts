import type { Attempt } from './attempt.ts'

/** Attempts on devices and settings of the kernel. */
export function againstKernel(): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'files', by })
  return [
    ...Object.entries(OPENED).map(([name, [path, tries]]) => about(name, tries, 'open', path)),
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

/** Attempts to gain rights, and room beyond the bounds. */
export function againstRights(): Attempt[] {
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
    ...againstBounds(),
  ]
}

function againstBounds(): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({ name, tries, needs: 'user', by })
  return [
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

/** Files whose opening for writing is enough, by the name of the attempt. */
const OPENED: Readonly<Record<string, [path: string, tries: string]>> = {
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
