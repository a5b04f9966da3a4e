import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost } from '../suite.ts'
import { bunSamples } from '../shared/testing/bun-samples.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { bun } from './index.ts'

describe('every runtime', () => {
  testRuntime(bun, bunSamples, () => openRuntimeHost(bun))
})

describe('bun', () => {
  let host: RuntimeHost
  beforeAll(async () => {
    host = await openRuntimeHost(bun)
  })
  afterAll(() => host.close())
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

  test.each([
    ['a date', `new Date(0)`, '1970-01-01T00:00:00.000Z'],
    ['undefined', `undefined`, null],
    ['NaN', `[NaN]`, [null]],
    ['a bigint', `[10n, 2n ** 70n]`, [10, '1180591620717411303424']],
    ['a map', `new Map<string, unknown>([['a', new Map([[1, 2]])]])`, { a: [[1, 2]] }],
    ['a set', `{ of: new Set([1, 'x']) }`, { of: [1, 'x'] }],
    ['bytes', `[new Uint8Array([0, 255]), Buffer.from('é')]`, ['AP8=', 'w6k=']],
    ['a generator', `(function* () { yield 1; yield 2 })()`, [1, 2]],
    ['an async generator', `(async function* () { yield 1; yield 2 })()`, [1, 2]],
  ])('%s as a result', async (_name, expression, value) => {
    expect(await host.run(`export function main() { return ${expression} }`).ended).toMatchObject({ value })
  })

  test('what a script writes to its streams is in the log before it ends', async () => {
    const source = `export function main() { process.stdout.write('é'.repeat(300_000)); process.stderr.write('end'); return 1 }`
    const end = await host.run(source).ended
    expect(end).toMatchObject({ value: 1 })
    expect(end.log.length).toBe(300_003)
  })

  test('a cycle is a failure that says so', async () => {
    const end = await host.run(`export function main() { const a: any = {}; a.a = a; return a }`).ended
    expect(end).toMatchObject({ error: { name: 'TypeError', message: expect.stringContaining('no JSON') } })
  })

  test('arguments go by the order of the parameters, not by that of the names', async () => {
    const source = `export function main(b: string, a: number, c?: boolean) { return [b, a, c ?? 'none'] }`
    expect(await host.run(source, { args: { a: 1, b: 'x' } }).ended).toMatchObject({ value: ['x', 1, 'none'] })
  })

  test('an argument of type Date arrives as a date', async () => {
    const source = `export function main(at: Date) { return at.getUTCFullYear() }`
    expect(await host.run(source, { args: { at: '2024-05-06T07:08:09Z' } }).ended).toMatchObject({ value: 2024 })
  })

  test('an error as a result, and a cause that is no error', async () => {
    const end = await host.run(`export function main() { return [new RangeError('far')] }`).ended
    expect(end).toMatchObject({ value: [{ name: 'RangeError', message: 'far' }] })
    const failed = await host.run(`export function main() { throw new Error('a', { cause: { code: 7 } }) }`).ended
    expect(failed).toMatchObject({ error: { message: 'a', stack: expect.stringContaining('Caused by: {"code":7}') } })
  })

  test('texts that come over time are a stream, and so the result', async () => {
    const source = `export async function* main() { yield 'one\\n'; yield 'two' }`
    expect(await host.run(source).ended).toMatchObject({ value: null, log: '', stream: 'one\ntwo' })
  })

  test('another exported function is the entry when the arguments name it', async () => {
    const source = `export function main() {}
export async function choose(text: string, at: Date) { return [{ label: text, value: at.getUTCFullYear() }] }
export const preprocessor = async (event: any) => ({ x: event.body })`
    const args = { at: '2024-01-01T00:00:00Z', text: 'a', _ENTRYPOINT_OVERRIDE: 'choose' }
    expect(await host.run(source, { args }).ended).toMatchObject({ value: [{ label: 'a', value: 2024 }] })
    const event = { event: { body: 1 }, _ENTRYPOINT_OVERRIDE: 'preprocessor' }
    expect(await host.run(source, { args: event }).ended).toMatchObject({ value: { x: 1 } })
    expect(await host.run(source, { args: { _ENTRYPOINT_OVERRIDE: 'gone' } }).ended).toMatchObject({
      error: { message: 'the script exports no function gone' },
    })
  })

  test('what is thrown and no Error is told', async () => {
    expect(await host.run(`export function main() { throw 'plain' }`).ended).toMatchObject({
      error: { name: 'Error', message: 'plain' },
    })
  })

  test('a package that is not installed is named, and nothing is fetched', async () => {
    const end = await host.run(`import x from 'left-pad'\nexport function main() { return x }`).ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('left-pad') } })
  })

  test('a script without main says so', async () => {
    const end = await host.run(`export const main = 1`).ended
    expect(end).toMatchObject({ error: { message: 'the script exports no function main' } })
  })
})
