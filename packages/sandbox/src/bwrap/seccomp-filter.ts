import { boxSyscalls, deniedSyscalls, inspectedSyscalls, type FilterArchitecture } from './denied-syscalls.ts'

/** One instruction of the kernel's classic packet filter. */
interface Instruction {
  readonly code: number
  readonly whenTrue: number
  readonly whenFalse: number
  readonly operand: number
}

const OFFSET = { number: 0, architecture: 4, firstArgument: 16, secondArgument: 24, thirdArgument: 32 } as const
const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
const X32_CALLS = 0x40000000
const ALLOW = 0x7fff0000
const KILL = 0x80000000
const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97

/** mount, cgroup, uts, ipc, user, pid and net namespaces. */
const NEW_NAMESPACES = 0x7e020000
const NEW_USER = 0x10000000
/** Typing into a terminal, as a key or by its selection; line disciplines, which are drivers; taking over the console. */
const TERMINAL_TRICKS = [0x5412, 0x541c, 0x5423, 0x541d]
/** Unix, IPv4 and IPv6: the others reach devices, hypervisors and kernel parsers. */
const SOCKET_FAMILIES = [1, 2, 10]
/** Netlink is for its first protocol only, which name resolution reads routes by; the others configure the kernel. */
const NETLINK = 16
const NETLINK_ROUTE = 0
/** The usual personality, that of 32 bits, both with old names of releases, and the question which it is: no flag against randomness. */
const PERSONALITIES = [0, 8, 0x20000, 0x20008, 0xffffffff]

/** The architecture of this process, if filters can be made for it. */
export function filterArchitecture(name: string = process.arch): FilterArchitecture | undefined {
  return name === 'x64' || name === 'arm64' ? name : undefined
}

/**
 * A seccomp program, ready for the kernel: 8 bytes an instruction, little endian. Refused calls fail with EPERM; `clone3`,
 * whose flags no filter can read, with ENOSYS, upon which libraries take `clone`. A `nested` filter lets the command make
 * mounts and namespaces, but no user namespace.
 */
export function compileSeccompFilter(architecture: FilterArchitecture, nested: boolean): Uint8Array {
  const namespaces = nested ? NEW_USER : NEW_NAMESPACES
  const call = (name: keyof typeof inspectedSyscalls) => inspectedSyscalls[name][architecture]
  const denied = nested ? deniedSyscalls : { ...deniedSyscalls, ...boxSyscalls }

  return encode([
    load(OFFSET.architecture),
    ...unlessEqual(AUDIT[architecture], [giveBack(KILL)]),
    load(OFFSET.number),
    ...(architecture === 'x64' ? refuseFrom(X32_CALLS) : []),
    ...Object.values(denied).flatMap((numbers) => refuse(numbers[architecture])),
    ...whenEqual(call('clone3'), [giveError(ENOSYS)]),
    ...whenEqual(call('clone'), refuseFlags(namespaces)),
    ...(nested ? whenEqual(call('unshare'), refuseFlags(NEW_USER)) : refuse(call('unshare'))),
    ...whenEqual(call('ioctl'), [load(OFFSET.secondArgument), ...TERMINAL_TRICKS.flatMap(refuse), giveBack(ALLOW)]),
    ...whenEqual(call('socket'), [
      load(OFFSET.firstArgument),
      ...SOCKET_FAMILIES.flatMap(accept),
      ...whenEqual(NETLINK, [load(OFFSET.thirdArgument), ...accept(NETLINK_ROUTE), giveError(EAFNOSUPPORT)]),
      giveError(EAFNOSUPPORT),
    ]),
    ...whenEqual(call('personality'), [load(OFFSET.firstArgument), ...PERSONALITIES.flatMap(accept), giveError(EPERM)]),
    giveBack(ALLOW),
  ])
}

function load(offset: number): Instruction {
  return { code: 0x20, whenTrue: 0, whenFalse: 0, operand: offset }
}

function giveBack(verdict: number): Instruction {
  return { code: 0x06, whenTrue: 0, whenFalse: 0, operand: verdict }
}

function giveError(errno: number): Instruction {
  return giveBack(0x00050000 | errno)
}

function whenEqual(operand: number, then: readonly Instruction[]): Instruction[] {
  return [{ code: 0x15, whenTrue: 0, whenFalse: then.length, operand }, ...then]
}

function unlessEqual(operand: number, then: readonly Instruction[]): Instruction[] {
  return [{ code: 0x15, whenTrue: then.length, whenFalse: 0, operand }, ...then]
}

function refuse(number: number | undefined): Instruction[] {
  return number === undefined ? [] : whenEqual(number, [giveError(EPERM)])
}

function accept(number: number): Instruction[] {
  return whenEqual(number, [giveBack(ALLOW)])
}

function refuseFrom(number: number): Instruction[] {
  return [{ code: 0x35, whenTrue: 0, whenFalse: 1, operand: number }, giveError(ENOSYS)]
}

function refuseFlags(mask: number): Instruction[] {
  const refused = giveError(EPERM)
  return [
    load(OFFSET.firstArgument),
    { code: 0x45, whenTrue: 0, whenFalse: 1, operand: mask },
    refused,
    giveBack(ALLOW),
  ]
}

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach((instruction, index) => {
    bytes.writeUInt16LE(instruction.code, index * 8)
    bytes.writeUInt8(instruction.whenTrue, index * 8 + 2)
    bytes.writeUInt8(instruction.whenFalse, index * 8 + 3)
    bytes.writeUInt32LE(instruction.operand, index * 8 + 4)
  })
  return bytes
}
