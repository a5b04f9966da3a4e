import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testRuntime, type RuntimeHost, type SampleInput, type RuntimeSamples } from '../suite.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import { deno } from './index.ts'

const FS = `import fs from 'node:fs'\n`
const samples: RuntimeSamples = {
  starterArgs: { name: 'Ada', times: 2 },
  value: `export function main() { return { answer: 42, list: [1, undefined, 'é'] } }`,
  echo: `export async function main(value: unknown) { return value }`,
  failing: {
    source: `export function main() {\n  const cake = 'lie'\n  throw new TypeError(\`the cake is a \${cake}\`)\n}`,
    line: 3,
  },
  broken: { source: `export function main( {\n  return 1\n}`, mentions: 'main.ts' },
  greeting: `export function main(name = 'nobody') { return name }`,
  chatty: `export function main() { for (let n = 1; n <= 1000; n++) console.log('line ' + n); return 'done' }`,
  environment: `import process from 'node:process'\nexport function main() { return Deno.env.get('WM_TOKEN') + ' ' + process.env.WM_WORKSPACE }`,
  large: `export function main() { return 'é'.repeat(1048576) }`,
  closing: `${FS}export function main() { try { fs.closeSync(3) } catch {} return 'done' }`,
  garbling: `${FS}export function main() { for (let n = 3; n <= 600; n++) try { fs.writeSync(n, 'garbage') } catch {}\n return 'done' }`,
  leaving: `export function main() { Deno.exit(0) }`,
  exiting: `export function main() { Deno.exit(3) }`,
  parenting: `import { spawn } from 'node:child_process'\nexport function main() { spawn('sleep', ['86399'], { detached: true, stdio: 'ignore' }).unref(); return 'done' }`,
  parting: `export function main() { addEventListener('unload', () => console.log('bye')); return 'done' }`,
  stubborn: `export async function main() { Deno.addSignalListener('SIGTERM', () => {}); console.log('ready'); await new Promise((r) => setTimeout(r, 9e6)) }`,
  spinning: `export function main() { console.log('ready'); for (;;); }`,
  littering: `${FS}export function main() { for (const f of ['/tmp', '/dev/shm', '.']) try { fs.writeFileSync(f + '/left-behind', '') } catch {}\n globalThis.left = 1; return 'done' }`,
  looking: `${FS}export function main() { return ['/tmp', '/dev/shm', '.'].flatMap((f) => { try { return fs.readdirSync(f) } catch { return [] } }).join() + globalThis.left }`,
}

describe('every runtime', () => {
  testRuntime(deno, samples, () => openRuntimeHost(deno))
})

describe('deno', () => {
  let host: RuntimeHost
  let server: Server
  let origin: string
  beforeAll(async () => {
    host = await openRuntimeHost(deno)
    server = createServer((request, response) => {
      const body = modules[request.url ?? '']
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/typescript' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    await host.close()
    await new Promise((resolve) => server.close(resolve))
  })
  beforeEach((context) => {
    if (!host.toolchain.found) context.skip(host.toolchain.problem)
  })

  const modules: Record<string, string> = {
    '/mod.ts': `export { add } from './deep/add.ts'`,
    '/deep/add.ts': `export const add = (a: number, b: number) => a + b`,
  }

  async function lockOf(source: string, script?: SampleInput['script']): Promise<string | undefined> {
    const pinned = await host.resolve(source, script)
    if (!pinned.ok) throw new Error(pinned.message)
    return pinned.lock
  }

  test('a URL, a package of npm, a bare one and a builtin are pinned once and fetched never again', async () => {
    const source = `import { add } from '${origin}/mod.ts'
import isNumber from 'npm:is-number@7'
import kindOf from 'kind-of@6'
import { basename } from 'path'
export async function main(n: number) {
  const { default: get } = await import('npm:lodash@4/get.js')
  return [add(n, 1), isNumber(n), kindOf([]), basename('/a/b'), get({ a: 1 }, 'a')]
}`
    const lock = await lockOf(source)
    const script = { path: undefined, lock }
    expect(await host.run(source, { args: { n: 1 }, script }).ended).toMatchObject({
      value: [2, true, 'array', 'b', 1],
    })
    modules['/mod.ts'] = 'export const add = () => 0'
    const started = host.boxesStarted
    expect(await host.run(source, { args: { n: 2 }, script }).ended).toMatchObject({
      value: [3, true, 'array', 'b', 1],
    })
    expect(host.boxesStarted - started).toBeLessThanOrEqual(2)
  })

  testSecondRun(
    () => host,
    async () => {
      const source = `import isNumber from 'npm:is-number@7'\nexport function main(n: number) { return isNumber(n) }`
      return {
        source,
        input: { args: { n: 1 }, script: { path: undefined, lock: await lockOf(source) } },
        value: true,
      }
    },
  )

  test('scripts of the workspace are imported by whole paths and by relative ones', async () => {
    const source = `import { a } from '/f/x/a'\nimport { b } from './b'\nexport function main() { return a + b }`
    const script = { path: 'f/y/run', modules: { 'f/x/a': 'export const a = 1', 'f/y/b': 'export const b = 2' } }
    expect(await lockOf(source, script)).toBeUndefined()
    expect(await host.run(source, { script }).ended).toMatchObject({ value: 3 })
  })

  test.each([
    ['a package that does not exist', `import 'npm:no-such-package-at-all-millrace'`, /does not exist/],
    ['a version that does not exist', `import 'npm:is-number@99'`, /is-number/],
    ['a URL that does not exist', `import 'ORIGIN/gone.ts'`, /gone\.ts/],
    ['a host that is away', `import 'http://127.0.0.1:9/mod.ts'`, /127\.0\.0\.1:9/],
  ])('%s is told', async (_name, head, message) => {
    const answer = await host.resolve(`${head.replace('ORIGIN', origin)}\nexport function main() {}`)
    expect(answer).toMatchObject({ ok: false, message: expect.stringMatching(message) })
    expect(JSON.stringify(answer)).not.toContain('backtrace')
  })

  test('a package that was not pinned is named, and nothing is fetched', async () => {
    const end = await host.run(`import 'npm:left-pad@1'\nexport function main() {}`).ended
    expect(end).toMatchObject({ error: { message: expect.stringContaining('left-pad') } })
  })

  test('a lock that is none, and one whose content has changed', async () => {
    const source = `import isNumber from 'npm:is-number@7.0.0'\nexport function main() { return isNumber(1) }`
    const none = await host.run(source, { script: { path: undefined, lock: 'none' } }).ended
    expect(none).toMatchObject({ error: { message: expect.stringContaining('deploy the script again') } })
    const lock = ((await lockOf(source)) ?? '').replace(/sha512-.{8}/, 'sha512-AAAAAAAA')
    const changed = await host.run(source, { script: { path: undefined, lock } }).ended
    expect(changed).toMatchObject({ error: { message: expect.stringMatching(/checksum|integrity/i) } })
  })
})
