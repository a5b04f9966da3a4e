import { describe, expect, test } from 'vitest'
import { boxSyscalls, deniedSyscalls } from './denied-syscalls.ts'
import { compileSeccompFilter, filterArchitecture } from './seccomp-filter.ts'

const ALLOW = 0x7fff0000
const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 }
const errno = (number: number) => 0x00050000 | number

/** Runs a program as the kernel would, on one call. */
function judge(program: Uint8Array, architecture: number, number: number, args: readonly number[] = []): number {
  const code = Buffer.from(program.buffer, program.byteOffset, program.byteLength)
  const words = new Map([
    [0, number],
    [4, architecture],
    ...args.map((value, index): [number, number] => [16 + 8 * index, value]),
  ])
  let accumulator = 0
  for (let at = 0; at < code.length / 8; at++) {
    const [whenTrue, whenFalse] = [code.readUInt8(at * 8 + 2), code.readUInt8(at * 8 + 3)]
    const operand = code.readUInt32LE(at * 8 + 4)
    const operation = code.readUInt16LE(at * 8)
    if (operation === 0x06) return operand
    if (operation === 0x20) accumulator = words.get(operand) ?? 0
    else if (operation === 0x15) at += accumulator === operand ? whenTrue : whenFalse
    else if (operation === 0x35) at += accumulator >= operand ? whenTrue : whenFalse
    else if (operation === 0x45) at += (accumulator & operand) !== 0 ? whenTrue : whenFalse
    else throw new Error(`unknown instruction ${operation}`)
  }
  throw new Error('the program ended without a verdict')
}

describe.each(['x64', 'arm64'] as const)('the filter for %s', (name) => {
  const strict = compileSeccompFilter(name, false)
  const nested = compileSeccompFilter(name, true)
  const arch = AUDIT[name]
  const numbers = {
    x64: { mount: 165, clone: 56, unshare: 272, read: 0, socket: 41, ioctl: 16, personality: 135 },
    arm64: { mount: 40, clone: 220, unshare: 97, read: 63, socket: 198, ioctl: 29, personality: 92 },
  }[name]

  test('ordinary calls pass', () => {
    expect(judge(strict, arch, numbers.read)).toBe(ALLOW)
    expect(judge(strict, arch, numbers.clone, [0x01200011])).toBe(ALLOW)
    expect(judge(strict, arch, numbers.socket, [2])).toBe(ALLOW)
    expect(judge(strict, arch, numbers.ioctl, [0, 0x5401])).toBe(ALLOW)
    expect(judge(strict, arch, numbers.personality, [0])).toBe(ALLOW)
    expect(judge(strict, arch, numbers.personality, [0xffffffff])).toBe(ALLOW)
  })

  test('mounts, namespaces and io_uring are refused', () => {
    expect(judge(strict, arch, numbers.mount)).toBe(errno(1))
    expect(judge(strict, arch, numbers.unshare, [0x20000])).toBe(errno(1))
    expect(judge(strict, arch, numbers.clone, [0x10000011])).toBe(errno(1))
    expect(judge(strict, arch, 425)).toBe(errno(1))
    expect(judge(strict, arch, 435)).toBe(errno(38))
  })

  const everyJob = Object.entries({ ...deniedSyscalls, ...boxSyscalls })
  test.each(everyJob.filter(([, numbered]) => numbered[name] !== undefined))('a job is refused %s', (_, numbered) => {
    expect(judge(strict, arch, numbered[name] ?? -1, [0, 0, 0])).toBe(errno(1))
  })

  test.each(Object.entries(deniedSyscalls).filter(([, numbered]) => numbered[name] !== undefined))(
    'a nested command is refused %s too',
    (_, numbered) => {
      expect(judge(nested, arch, numbered[name] ?? -1, [0, 0, 0])).toBe(errno(1))
    },
  )

  test.each([
    ['packets', 17],
    ['the kernel’s ciphers', 38],
    ['hypervisors', 40],
    ['reliable datagrams', 21],
    ['cluster messages', 30],
    ['bluetooth', 31],
    ['controller networks', 29],
    ['express data paths', 44],
  ])('sockets of %s are refused', (_, family) => {
    expect(judge(strict, arch, numbers.socket, [family])).toBe(errno(97))
    expect(judge(nested, arch, numbers.socket, [family])).toBe(errno(97))
  })

  test('netlink reads routes and nothing else', () => {
    expect(judge(strict, arch, numbers.socket, [16, 3, 0])).toBe(ALLOW)
    expect(judge(strict, arch, numbers.socket, [16, 3, 12])).toBe(errno(97))
  })

  test('tricks with terminals are refused', () => {
    for (const request of [0x5412, 0x541c, 0x5423, 0x541d])
      expect(judge(strict, arch, numbers.ioctl, [0, request])).toBe(errno(1))
  })

  test('memory keeps its random places', () => {
    expect(judge(strict, arch, numbers.personality, [0x0040000])).toBe(errno(1))
  })

  test('a nested command may mount and unshare, but not make a user namespace', () => {
    expect(judge(nested, arch, numbers.mount)).toBe(ALLOW)
    expect(judge(nested, arch, numbers.unshare, [0x20020000])).toBe(ALLOW)
    expect(judge(nested, arch, numbers.unshare, [0x10000000])).toBe(errno(1))
    expect(judge(nested, arch, numbers.clone, [0x10000011])).toBe(errno(1))
  })

  test('calls of another architecture kill', () => {
    expect(judge(strict, 0x40000003, numbers.read)).toBe(0x80000000)
  })
})

test('calls of the x32 kind are refused', () => {
  expect(judge(compileSeccompFilter('x64', false), AUDIT.x64, 0x40000000)).toBe(errno(38))
})

test('an architecture without tables has no filter', () => {
  expect(filterArchitecture('riscv64')).toBeUndefined()
})
