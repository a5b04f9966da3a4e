import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { lockOf } from '../shared/testing/lock-of.ts'
import { openRuntimeHost } from '../shared/testing/open-runtime-host.ts'
import { serveFiles, type FileServer } from '../shared/testing/serve-files.ts'
import { testSecondRun } from '../shared/testing/test-second-run.ts'
import type { RuntimeHost } from '../suite.ts'
import { ruby } from './index.ts'

const run = promisify(execFile)

/** What the repository has; `acme-names` needs `acme-letters`. */
const GEMS = [
  { name: 'acme-letters', version: '1.4.0', needs: '', code: `ACME_LETTERS = 'four'` },
  {
    name: 'acme-names',
    version: '3.1.0',
    needs: `spec.add_dependency 'acme-letters', '>= 1.2'`,
    code: `require 'acme-letters'\nACME_NAMES = [ACME_LETTERS, 'names']`,
  },
] as const

let folder: string
let host: RuntimeHost
let server: FileServer
let script: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-gems-'))
  const files = new Map<string, Uint8Array>()
  server = await serveFiles((path) => files.get(path))
  script = `require 'bundler/inline'

gemfile do
  source '${server.url}'
  gem 'acme-names', '~> 3'
end

require 'acme-names'

def main
  ACME_NAMES
end
`
  host = await openRuntimeHost(ruby)
  if (host.toolchain.found && host.toolchain.paths['bundle'] !== '')
    for (const [path, bytes] of await makeRepository(folder)) files.set(path, bytes)
})
afterAll(async () => {
  await host.close()
  server.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach((context) => {
  if (!host.toolchain.found) context.skip(host.toolchain.problem)
  else if (host.toolchain.paths['bundle'] === '') context.skip('Bundler is not installed')
})

describe('gems', () => {
  test('are pinned with all that they need, and the lock alone runs later', async () => {
    const lock = (await lockOf(host, script)) ?? ''
    expect(lock).toMatch(/^ {4}acme-letters \(1\.4\.0\)$/m)
    expect(lock).toMatch(/^ {4}acme-names \(3\.1\.0\)$/m)
    const input = { script: { path: undefined, lock } }
    expect(await host.run(script, input).ended).toMatchObject({ value: ['four', 'names'] })
    const asked = server.requests.length
    expect(asked).toBeGreaterThan(0)
    expect(await host.run(script, input).ended).toMatchObject({ value: ['four', 'names'] })
    expect(server.requests.length).toBe(asked)
  })

  testSecondRun(
    () => host,
    async () => ({
      source: script,
      input: { script: { path: undefined, lock: await lockOf(host, script) } },
      value: ['four', 'names'],
    }),
  )

  test('what cannot be had is told by its name', async () => {
    await expect(lockOf(host, script.replace('~> 3', '~> 9'))).rejects.toThrow('acme-names')
  })
})

/** Gems and the index that RubyGems itself makes of them, by path. */
async function makeRepository(folder: string): Promise<Map<string, Uint8Array>> {
  const root = join(folder, 'root')
  await mkdir(join(root, 'gems'), { recursive: true })
  for (const { name, version, needs, code } of GEMS) {
    const source = join(folder, name)
    await mkdir(join(source, 'lib'), { recursive: true })
    await writeFile(join(source, 'lib', `${name}.rb`), `${code}\n`)
    const spec = `Gem::Specification.new do |spec|
  spec.name = '${name}'
  spec.version = '${version}'
  spec.summary = 'for a test'
  spec.authors = ['Acme']
  spec.files = ['lib/${name}.rb']
  ${needs}
end
`
    await writeFile(join(source, `${name}.gemspec`), spec)
    const to = join(root, 'gems', `${name}-${version}.gem`)
    await run('gem', ['build', '--quiet', '--force', '--output', to, `${name}.gemspec`], { cwd: source })
  }
  await run('gem', ['generate_index', '--directory', root])
  const { stdout } = await run('find', [root, '-type', 'f', '-printf', '/%P\\n'])
  const paths = stdout.split('\n').filter((path) => path !== '')
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path))] as const)))
}
