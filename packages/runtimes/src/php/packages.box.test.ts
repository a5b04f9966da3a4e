import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { serveFiles, type FileServer } from '../shared/testing/serve-files.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import type { RuntimeHost } from '../suite.ts'
import { php } from './index.ts'

const run = promisify(execFile)

/** What the repository has; `letters` is needed by `names`. */
const PACKAGES = [
  { name: 'acme/letters', version: '1.0.0', require: {}, code: `const LETTERS = 'one';` },
  { name: 'acme/letters', version: '1.4.0', require: {}, code: `const LETTERS = 'four';` },
  { name: 'acme/letters', version: '2.0.0', require: {}, code: `const LETTERS = 'none';` },
  {
    name: 'acme/names',
    version: '3.1.0',
    require: { 'acme/letters': '^1.0', php: '>=8.1' },
    code: `final class Names { static function all() { return [Letters::LETTERS, getenv('WM_TOKEN')]; } }`,
  },
] as const

const SCRIPT = `<?php
// require:
// acme/names@^3

use Acme\\Names;

function main() { return Names::all(); }`

let folder: string
let host: RuntimeHost
let server: FileServer
let registryEnv: Readonly<Record<string, string>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-composer-'))
  const files = await makeRepository(folder)
  server = await serveFiles((path) => files(path, server.url))
  const repositories = [{ type: 'composer', url: server.url }, { 'packagist.org': false }]
  registryEnv = { MILLRACE_COMPOSER_REPOSITORIES: JSON.stringify(repositories) }
  host = await openRuntimeHost(php)
})
afterAll(async () => {
  await host.close()
  server.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach((context) => {
  if (!host.toolchain.found) context.skip(host.toolchain.problem)
  else if (host.toolchain.paths['composer'] === '') context.skip('Composer is not installed')
})

describe('packages of Composer', () => {
  test('are pinned with all that they need, and the lock alone runs later', async () => {
    const lock = (await lockOf(host, SCRIPT, registryEnv)) ?? ''
    const versions = [...lock.matchAll(/"name": "(acme\/\w+)",\s+"version": "([^"]+)"/g)].map(([, ...pair]) => pair)
    expect(versions).toEqual([
      ['acme/letters', '1.4.0'],
      ['acme/names', '3.1.0'],
    ])
    const input = { env: { WM_TOKEN: 'token' }, script: { path: undefined, lock } }
    const first = await host.run(SCRIPT, { ...input, registryEnv }).ended
    expect(first).toMatchObject({ value: ['four', 'token'] })
    const asked = server.requests.length
    expect(asked).toBeGreaterThan(0)
    const again = await host.run(SCRIPT, { ...input, registryEnv }).ended
    expect(again).toMatchObject({ value: ['four', 'token'] })
    expect(server.requests.length).toBe(asked)
  })

  testSecondRun(
    () => host,
    async () => ({
      source: SCRIPT,
      input: {
        env: { WM_TOKEN: 'token' },
        script: { path: undefined, lock: await lockOf(host, SCRIPT, registryEnv) },
        registryEnv,
      },
      value: ['four', 'token'],
    }),
  )

  test('a dependency file of the workspace is taken, and the list of the script counts over it', async () => {
    const manifest = JSON.stringify({ require: { 'acme/letters': '1.0.0', 'acme/names': '*' } })
    const source = SCRIPT.replace('// require:\n// acme/names@^3', '// composer_json: base')
    const script = { path: undefined, manifests: { base: manifest } }
    const lock = await host.resolve(source, script, registryEnv)
    expect(lock).toMatchObject({ ok: true, lock: expect.stringContaining('"version": "1.0.0"') })
    const over = source.replace('base', 'base\n// require:\n// acme/letters: ^1.2')
    expect(await host.resolve(over, script, registryEnv)).toMatchObject({
      ok: true,
      lock: expect.stringContaining('"version": "1.4.0"'),
    })
  })

  test('what cannot be had is told by its name', async () => {
    await expect(lockOf(host, SCRIPT.replace('^3', '^9'), registryEnv)).rejects.toThrow(/acme\/names.*\^9/)
    await expect(lockOf(host, SCRIPT.replace('acme/names@^3', 'acme/none'), registryEnv)).rejects.toThrow('acme/none')
    const away = { MILLRACE_COMPOSER_REPOSITORIES: '[{"type":"composer","url":"http://127.0.0.1:9"}]' }
    await expect(lockOf(host, SCRIPT.replace('^3', '^3.1'), away)).rejects.toThrow('127.0.0.1:9')
  })

  test('a file that is not what the lock says is refused', async () => {
    const lock = ((await lockOf(host, SCRIPT, registryEnv)) ?? '').replace(
      /"shasum": "\w+"/,
      `"shasum": "${'0'.repeat(40)}"`,
    )
    const end = await host.run(SCRIPT, { script: { path: undefined, lock }, registryEnv }).ended
    expect(end).toMatchObject({ kind: 'error', error: { message: expect.stringContaining('checksum') } })
  })
})

/** Archives in `folder`, and an index that names them at an address. */
async function makeRepository(folder: string): Promise<(path: string, url: string) => Uint8Array | string | undefined> {
  const archives = new Map<string, { readonly bytes: Uint8Array; readonly sum: string }>()
  for (const { name, version, code } of PACKAGES) {
    const path = `/${name}-${version}.tar`
    const source = join(folder, `${name}-${version}`)
    await mkdir(join(source, 'src'), { recursive: true })
    const title = name === 'acme/names' ? 'Names' : 'Letters'
    const text = code.startsWith('const') ? `final class ${title} { ${code} }` : code
    await writeFile(join(source, 'src', `${title}.php`), `<?php\nnamespace Acme;\n${text}\n`)
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await run('tar', ['-cf', join(folder, path), '-C', dirname(source), `${name.split('/')[1]}-${version}`])
    const { stdout } = await run('sha1sum', [join(folder, path)])
    archives.set(path, { bytes: await readFile(join(folder, path)), sum: stdout.split(' ')[0] ?? '' })
  }
  return (path, url) => (path === '/packages.json' ? describePackages(url) : archives.get(path)?.bytes)

  function describePackages(url: string): string {
    const packages: Record<string, Record<string, unknown>> = {}
    for (const { name, version, require } of PACKAGES) {
      const path = `/${name}-${version}.tar`
      const dist = { type: 'tar', url: `${url}${path}`, shasum: archives.get(path)?.sum }
      packages[name] = {
        ...packages[name],
        [version]: { name, version, require, dist, autoload: { 'psr-4': { 'Acme\\': 'src/' } } },
      }
    }
    return JSON.stringify({ packages })
  }
}
