import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import type { RuntimeHost, SampleInput } from '../suite.ts'
import { bun } from './index.ts'

let host: RuntimeHost
beforeAll(async () => {
  host = await openRuntimeHost(bun)
})
afterAll(() => host.close())
beforeEach((context) => {
  if (!host.toolchain.found) context.skip(host.toolchain.problem)
})

/** Pins and runs, as a worker would. */
async function runLocked(source: string, script: SampleInput['script'] = { path: undefined }, args = {}) {
  const pinned = await host.resolve(source, script)
  if (!pinned.ok) throw new Error(pinned.message)
  return { lock: pinned.lock, end: await host.run(source, { args, script: { ...script, lock: pinned.lock } }).ended }
}

describe('packages', () => {
  const source = `import get from 'lodash@4/get'
import dayjs from 'dayjs@1.11.10'
import isNumber from "npm:is-number@7"
import type { Nothing } from 'no-such-package-of-types'
export async function main(at: string) {
  const { default: kind } = await import('kind-of@6')
  return [get({ a: { b: 1 } }, 'a.b'), dayjs(at).year(), isNumber(7), kind([]), dayjs.version ?? null]
}`

  test('are pinned once, and a second run makes no step and finds a box that stands ready', async () => {
    const { lock = '', end } = await runLocked(source, undefined, { at: '2024-05-06' })
    expect(end).toMatchObject({ value: [1, 2024, true, 'array', null] })
    expect(JSON.parse(lock.slice(0, lock.indexOf('//bun.lock'))).dependencies).toEqual({
      dayjs: '1.11.10',
      'is-number': '7',
      'kind-of': '6',
      lodash: '4',
    })
    const started = host.boxesStarted
    const again = host.run(source, { args: { at: '2023-01-01' }, script: { path: undefined, lock } })
    expect(await again.ended).toMatchObject({ value: [1, 2023, true, 'array', null] })
    // At most what replaces a parked box that was used; resolve, install and bundle would be three more.
    expect(host.boxesStarted - started).toBeLessThanOrEqual(2)
  })

  describe.each(['', '//nodejs\n'])('beginning with "%s"', (head) => {
    testSecondRun(
      () => host,
      async () => {
        const text = `${head}import isNumber from 'is-number@7'\nexport function main(n: number) { return isNumber(n) }`
        return {
          source: text,
          input: { args: { n: 1 }, script: { path: undefined, lock: await lockOf(host, text) } },
          value: true,
        }
      },
    )
  })

  test.each(['//nobundling', '//nodejs', '//nodejs\n//nobundling'])('with %s they are there as well', async (head) => {
    const text = `${head}
import isNumber from 'is-number@7'
import { createHash } from 'crypto'
enum Unused {}
export function main(n: number): unknown { return [isNumber(n), createHash('md5').update('').digest('hex').length, typeof Bun] }`
    const plain = head.includes('nobundling') && head.includes('nodejs') ? text.replace('enum Unused {}', '') : text
    const { end } = await runLocked(plain, undefined, { n: 1 })
    expect(end).toMatchObject({ value: [true, 32, head.includes('nodejs') ? 'undefined' : 'object'] })
  })

  test('two versions of one package live beside each other', async () => {
    const module = `import isNumber from 'is-number@6'\nexport const six = isNumber('6')`
    const main = `import isNumber from 'is-number@7'
import { six } from './six'
export function main() { return [six, isNumber('7')] }`
    const { lock, end } = await runLocked(main, { path: 'f/a/main', modules: { 'f/a/six': module } })
    expect(end).toMatchObject({ value: [true, true] })
    expect(lock).toContain('"is-number--6": "npm:is-number@6"')
  })

  test('an error names the line of the script, also when it is bundled', async () => {
    const text = `import isNumber from 'is-number@7'
export function main() {
  const cause = new RangeError('too far')
  throw new TypeError(String(isNumber(1)), { cause })
}`
    const { end } = await runLocked(text)
    expect(end).toMatchObject({
      error: {
        name: 'TypeError',
        message: 'true',
        stack: expect.stringMatching(/main\.ts:4[^]*Caused by: RangeError/),
      },
    })
  })

  test('the client of the API loads as it is published and reads its environment', async () => {
    const text = `import * as wmill from 'windmill-client'
export function main() { return [typeof wmill.getVariable, typeof wmill.getResource, wmill.getWorkspace?.() ?? process.env.WM_WORKSPACE] }`
    const pinned = await host.resolve(text)
    if (!pinned.ok) throw new Error(pinned.message)
    const env = { WM_WORKSPACE: 'one', WM_TOKEN: 't', BASE_INTERNAL_URL: 'http://127.0.0.1:9', BASE_URL: 'http://x' }
    const end = await host.run(text, { env, script: { path: undefined, lock: pinned.lock } }).ended
    expect(end).toMatchObject({ value: ['function', 'function', 'one'] })
  })

  test('a dependency file says versions, and one that is named is there whole', async () => {
    const text = `//package_json: shared\nimport isNumber from 'is-number'\nexport function main() { return isNumber(1) }`
    const manifests = { shared: '{"dependencies": {"is-number": "6.0.0", "kind-of": "6.0.3"}}' }
    const { lock, end } = await runLocked(text, { path: undefined, manifests })
    expect(end).toMatchObject({ value: true })
    expect(lock).toMatch(/"is-number@6\.0\.0"[^]*"kind-of@6\.0\.3"/)
  })
})

describe('packages that are not to be had', () => {
  test.each([
    [
      'one that does not exist',
      `import 'no-such-package-at-all-millrace'`,
      /no-such-package-at-all-millrace does not exist/,
    ],
    ['a version that does not exist', `import 'is-number@99'`, /is-number/],
    ['a URL', `import 'https://example.com/mod.ts'`, /Bun imports no URLs \(https:\/\/example\.com\/mod\.ts\)/],
  ])('%s', async (_name, head, message) => {
    const answer = await host.resolve(`${head}\nexport function main() {}`)
    expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(message) })
  })

  test('a dependency file that is no JSON', async () => {
    const manifests = { shared: '{' }
    const answer = await host.resolve(`//package_json: shared\nexport function main() {}`, {
      path: undefined,
      manifests,
    })
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining('"shared" is no JSON') })
  })

  test('a registry that is away', async () => {
    const env = { BUN_CONFIG_REGISTRY: 'http://127.0.0.1:9', NPM_CONFIG_REGISTRY: 'http://127.0.0.1:9' }
    const answer = await host.resolve(`import 'is-odd@3.0.1'\nexport function main() {}`, { path: undefined }, env)
    expect(answer).toMatchObject({ ok: false, message: expect.stringContaining('registry cannot be reached') })
  })

  test.each([
    ['is no lock', 'what is this', /cannot be read/],
    [
      'is broken',
      `{"dependencies": {"is-number": "7"}}\n//bun.lock\n{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"kind-of": "6"}}}, "packages": {}}`,
      /deploy the script again/,
    ],
  ])('a lock that %s', async (_name, lock, message) => {
    const source = `import isNumber from 'is-number'\nexport function main() { return isNumber(1) }`
    const end = await host.run(source, { script: { path: undefined, lock } }).ended
    expect(end).toMatchObject({ error: { message: expect.stringMatching(message) } })
  })

  test('a lock of other packages than it names', async () => {
    const pinned = await host.resolve(`import 'kind-of@6'\nexport function main() {}`)
    if (!pinned.ok || pinned.lock === undefined) throw new Error('no lock')
    const lock = pinned.lock.replace('"kind-of": "6"', '"is-number": "7"')
    const source = `import isNumber from 'is-number'\nexport function main() { return isNumber(1) }`
    const end = await host.run(source, { script: { path: undefined, lock } }).ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('deploy the script again') } })
  })

  test('a lock as other platforms store it is taken', async () => {
    const lock = `{\n  "dependencies": {\n    "is-number": "7.0.0"\n  }\n}\n//bun.lock\n<empty>`
    const source = `import isNumber from 'is-number@7.0.0'\nexport function main() { return isNumber(1) }`
    expect(await host.run(source, { script: { path: undefined, lock } }).ended).toMatchObject({ value: true })
  })
})

describe('scripts of the workspace', () => {
  const modules = {
    'f/shared/tools': `import { name } from '../team/names.ts'\nexport const greet = () => 'Hello ' + name`,
    'f/team/names': `import { loud } from '/f/team/run'\nexport const name = 'Ada'\nexport const shout = () => loud(name)`,
    'u/ada/x': `export default 7`,
  }

  test.each(['', '//nodejs\n'])('are imported by whole paths and by relative ones, in circles too %j', async (head) => {
    const source = `${head}import { greet } from '/f/shared/tools'
import { shout } from './names'
import seven from "/u/ada/x.ts"
export const loud = (text: string) => text.toUpperCase()
export async function main() { return [greet(), shout(), seven, (await import('../shared/tools.ts')).greet.name] }`
    const end = await host.run(source, { script: { path: 'f/team/run', modules } }).ended
    expect(end).toMatchObject({ value: ['Hello Ada', 'ADA', 7, 'greet'] })
  })

  test('one that is not there is named', async () => {
    const source = `import { a } from './gone'\nexport function main() { return a }`
    const end = await host.run(source, { script: { path: 'f/team/run', modules: {} } }).ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('f/team/gone') } })
  })
})
