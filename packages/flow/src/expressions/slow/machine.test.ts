import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { analyse } from '../analyse.ts'
import { scopeOf } from '../testing/scope-of.ts'
import { BoundedMemory } from './bounded-memory.ts'
import { Deadline } from './deadline.ts'
import { toGuestRequest } from './guest-request.ts'
import type { GuestTask } from './guest-task.ts'
import { Machine } from './machine.ts'
import { MemoryImage } from './memory-image.ts'

const MEGABYTE = 1024 * 1024
const LIMITS = { timeMs: 1000, memoryBytes: 32 * MEGABYTE }

describe('a machine', () => {
  let machine: Machine
  beforeAll(async () => {
    machine = await Machine.start(LIMITS)
  })

  test('begins every evaluation with the memory of its start, so that it neither grows nor ages', () => {
    const first = machine.run(taskOf('[typeof leak, flow_input.x]'))
    for (let turn = 0; turn < 200; turn += 1)
      machine.run(taskOf('globalThis.leak = Array.from({ length: 2000 }, () => ({})); Object.prototype.x = leak; 1'))
    expect(machine.run(taskOf('[typeof leak, flow_input.x]'))).toEqual(first)
    expect(machine.isWorn).toBe(false)
  })

  test.each([
    ['flow_input.x', { kind: 'value', text: '7' }],
    ['variable("v")', { kind: 'needs', variables: ['v'], resources: [] }],
    ['throw new RangeError("x")', { kind: 'fault', fault: 'threw', message: 'RangeError: x', isDirect: true }],
    ['throw null', { kind: 'fault', fault: 'threw', message: 'threw null' }],
    [
      'const e = new Error("x"); for (const k of ["name", "message", "stack"]) Object.defineProperty(e, k, { get() { throw 1 } }); throw e',
      { kind: 'fault', fault: 'threw', message: 'threw what cannot be shown' },
    ],
    ['for (;;) {}', { kind: 'fault', fault: 'timeout' }],
    [
      'new Promise(() => {})',
      { kind: 'fault', fault: 'timeout', message: 'it waits for a promise that nothing will ever settle' },
    ],
    ['(async () => { for (;;) await null })(); 1', { kind: 'fault', fault: 'timeout' }],
    ['"x".repeat(2 ** 30)', { kind: 'fault', fault: 'memory' }],
    ['() => 1', { kind: 'fault', fault: 'not_json' }],
    [
      'Object.prototype.toJSON = () => { throw 7 }; variable("v")',
      { kind: 'fault', fault: 'threw', message: 'threw what cannot be shown' },
    ],
    ['Object.prototype.toJSON = () => 7; variable("v")', { kind: 'fault', fault: 'threw' }],
    ['(() => { using x = null })()', { kind: 'fault', fault: 'syntax' }],
  ])('answers %s', (source, answer) => {
    expect(machine.run(taskOf(source))).toMatchObject(answer)
  })

  test('lets data be large, and is worn after that', async () => {
    const large = await Machine.start(LIMITS)
    const list = Array.from({ length: 500_000 }, () => [])
    expect(large.run(taskOf('flow_input.length', { flow_input: list }))).toEqual({ kind: 'value', text: '500000' })
    expect(large.isWorn).toBe(true)
  })

  test.each([
    'new Uint8Array(20_000_000)',
    '(() => { const buffer = new ArrayBuffer(16, { maxByteLength: 20_000_000 }); buffer.resize?.(20_000_000); return new Uint8Array(buffer) })()',
    'new Uint8Array(new ArrayBuffer(16).transfer?.(20_000_000) ?? 20_000_000)',
    'new Uint8Array(new SharedArrayBuffer(20_000_000))',
  ])('what one evaluation read, the next one does not find in new memory: %s', async (made) => {
    const other = await Machine.start(LIMITS)
    const secret = '~'.repeat(3_000_000)
    expect(other.run(taskOf('[flow_input, flow_input + "!"].length', { flow_input: secret }))).toMatchObject({
      text: '2',
    })
    const found = other.run(taskOf(`const all = ${made}; return [all.length > 0, all.includes("~".charCodeAt(0))]`))
    expect(found).toEqual({ kind: 'value', text: '[true,false]' })
  })

  test('says when it was given what is no JSON', () => {
    expect(machine.run({ code: '1', request: '{' })).toMatchObject({ kind: 'fault', fault: 'threw' })
  })
})

describe('an image of memory', () => {
  test('lays what was there, and leaves out what was empty', () => {
    const memory = memoryOf(4 * MEGABYTE)
    const bytes = memory.bytes
    bytes[10] = 1
    bytes[3 * MEGABYTE] = 2
    const image = new MemoryImage(memory)
    bytes.fill(9)
    image.lay()
    expect([bytes[9], bytes[10], bytes[11], bytes[3 * MEGABYTE], bytes[3 * MEGABYTE + 1]]).toEqual([0, 1, 0, 2, 0])
    expect(bytes[2 * MEGABYTE]).toBe(9)
    expect(image.end).toBe(3 * MEGABYTE + 4096 + 64 * 1024)
  })

  test('lays small gaps too', () => {
    const memory = memoryOf(MEGABYTE)
    memory.bytes[MEGABYTE - 1] = 1
    const image = new MemoryImage(memory)
    memory.bytes.fill(9)
    image.lay()
    expect(memory.bytes.every((byte, index) => byte === (index === MEGABYTE - 1 ? 1 : 0))).toBe(true)
  })
})

test('memory grows as far as it may and says when it was to grow further', () => {
  const memory = memoryOf(MEGABYTE)
  memory.limit(2 * MEGABYTE)
  expect(() => memory.grow(17)).toThrow(RangeError)
  expect([memory.wasRefused, memory.size]).toEqual([true, MEGABYTE])
  memory.limit(2 * MEGABYTE)
  memory.grow(16)
  expect([memory.wasRefused, memory.size]).toEqual([false, 2 * MEGABYTE])
})

test('a deadline is over by processor time, or much later by the clock', async () => {
  const short = new Deadline(10)
  expect(short.isOver()).toBe(false)
  while (!short.isOver());
  expect(short.wasOver).toBe(true)
  const [idle, late] = [new Deadline(1000), new Deadline(1)]
  await setTimeout(11)
  expect([idle.isOver(), late.isOver()]).toEqual([false, true])
})

/** As WebAssembly does it. */
function memoryOf(bytes: number): BoundedMemory & { grow(pages: number): number } {
  const memory = { buffer: new ArrayBuffer(bytes), grow }
  function grow(pages: number): number {
    memory.buffer = memory.buffer.transfer(memory.buffer.byteLength + pages * 64 * 1024)
    return 0
  }
  return Object.assign(new BoundedMemory(memory), { grow: (pages: number) => memory.grow(pages) })
}

function taskOf(source: string, values = { flow_input: { x: 7 } as unknown }): GuestTask {
  const analysis = analyse(source)
  if (!analysis.ok) throw new Error(analysis.message)
  return { code: analysis.guest.code, request: toGuestRequest(analysis.reads, scopeOf(values)) }
}
