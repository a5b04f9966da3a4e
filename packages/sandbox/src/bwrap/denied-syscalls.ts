/** Architectures that a filter can be made for. */
export type FilterArchitecture = 'x64' | 'arm64'

/** A system call's number on each architecture; `undefined` where it does not exist. */
interface Syscall {
  readonly x64: number | undefined
  readonly arm64: number | undefined
}

/** Calls that a filter looks into rather than refuses. */
export const inspectedSyscalls = {
  clone: { x64: 56, arm64: 220 },
  clone3: { x64: 435, arm64: 435 },
  unshare: { x64: 272, arm64: 97 },
  ioctl: { x64: 16, arm64: 29 },
  socket: { x64: 41, arm64: 198 },
  personality: { x64: 135, arm64: 92 },
} as const satisfies Record<string, Syscall>

/** Calls that build file systems and roots: refused to jobs, needed by a command that makes boxes of its own. */
export const boxSyscalls = {
  mount: { x64: 165, arm64: 40 },
  umount2: { x64: 166, arm64: 39 },
  pivot_root: { x64: 155, arm64: 41 },
  chroot: { x64: 161, arm64: 51 },
  sethostname: { x64: 170, arm64: 161 },
} as const satisfies Record<string, Syscall>

/** Calls that no job needs and that have led out of boxes, or that look into others. */
export const deniedSyscalls = {
  // Looking into or steering other processes.
  ptrace: { x64: 101, arm64: 117 },
  process_vm_readv: { x64: 310, arm64: 270 },
  process_vm_writev: { x64: 311, arm64: 271 },
  kcmp: { x64: 312, arm64: 272 },
  pidfd_getfd: { x64: 438, arm64: 438 },
  perf_event_open: { x64: 298, arm64: 241 },
  // Wide kernel surfaces.
  bpf: { x64: 321, arm64: 280 },
  io_uring_setup: { x64: 425, arm64: 425 },
  io_uring_enter: { x64: 426, arm64: 426 },
  io_uring_register: { x64: 427, arm64: 427 },
  userfaultfd: { x64: 323, arm64: 282 },
  vmsplice: { x64: 278, arm64: 75 },
  add_key: { x64: 248, arm64: 217 },
  request_key: { x64: 249, arm64: 218 },
  keyctl: { x64: 250, arm64: 219 },
  fanotify_init: { x64: 300, arm64: 262 },
  fanotify_mark: { x64: 301, arm64: 263 },
  name_to_handle_at: { x64: 303, arm64: 264 },
  open_by_handle_at: { x64: 304, arm64: 265 },
  lookup_dcookie: { x64: 212, arm64: 18 },
  modify_ldt: { x64: 154, arm64: undefined },
  migrate_pages: { x64: 256, arm64: 238 },
  move_pages: { x64: 279, arm64: 239 },
  // Namespaces and the newer mount calls.
  setns: { x64: 308, arm64: 268 },
  open_tree: { x64: 428, arm64: 428 },
  move_mount: { x64: 429, arm64: 429 },
  fsopen: { x64: 430, arm64: 430 },
  fsconfig: { x64: 431, arm64: 431 },
  fsmount: { x64: 432, arm64: 432 },
  fspick: { x64: 433, arm64: 433 },
  mount_setattr: { x64: 442, arm64: 442 },
  open_tree_attr: { x64: 467, arm64: 467 },
  // The machine itself.
  acct: { x64: 163, arm64: 89 },
  adjtimex: { x64: 159, arm64: 171 },
  clock_adjtime: { x64: 305, arm64: 266 },
  clock_settime: { x64: 227, arm64: 112 },
  settimeofday: { x64: 164, arm64: 170 },
  delete_module: { x64: 176, arm64: 106 },
  finit_module: { x64: 313, arm64: 273 },
  init_module: { x64: 175, arm64: 105 },
  ioperm: { x64: 173, arm64: undefined },
  iopl: { x64: 172, arm64: undefined },
  kexec_file_load: { x64: 320, arm64: 294 },
  kexec_load: { x64: 246, arm64: 104 },
  nfsservctl: { x64: 180, arm64: 42 },
  quotactl: { x64: 179, arm64: 60 },
  quotactl_fd: { x64: 443, arm64: 443 },
  reboot: { x64: 169, arm64: 142 },
  setdomainname: { x64: 171, arm64: 162 },
  swapoff: { x64: 168, arm64: 225 },
  swapon: { x64: 167, arm64: 224 },
  syslog: { x64: 103, arm64: 116 },
  uselib: { x64: 134, arm64: undefined },
  ustat: { x64: 136, arm64: undefined },
  vhangup: { x64: 153, arm64: 58 },
} as const satisfies Record<string, Syscall>

/** Calls that act without an argument, so that nobody should try them where no filter holds. */
const ACTING = ['vhangup']

/** The calls that jobs are refused on this machine, by name and number; none where no filter can be made. */
export function refusedSyscalls(architecture: string = process.arch): readonly { name: string; number: number }[] {
  if (architecture !== 'x64' && architecture !== 'arm64') return []
  const { clone3, unshare } = inspectedSyscalls
  return Object.entries<Syscall>({ ...deniedSyscalls, ...boxSyscalls, clone3, unshare }).flatMap(([name, numbers]) => {
    const number = numbers[architecture]
    return number === undefined || ACTING.includes(name) ? [] : [{ name, number }]
  })
}
