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
import { rlang } from './index.ts'

const run = promisify(execFile)

/** What the repository has; `acmenames` needs `acmeletters`. */
const PACKAGES = [
  { name: 'acmeletters', version: '1.4.0', needs: '', code: 'one <- function() "four"' },
  {
    name: 'acmenames',
    version: '3.1.0',
    needs: 'Imports: acmeletters (>= 1.2), stats\n',
    code: 'all_names <- function() c(acmeletters::one(), "names")',
  },
  { name: 'acmenewer', version: '1.0', needs: 'Imports: acmeletters (>= 2.0)\n', code: 'f <- function() 1' },
] as const

const SCRIPT = `library(acmenames)
main <- function() all_names()`

let folder: string
let host: RuntimeHost
let server: FileServer
let registryEnv: Readonly<Record<string, string>>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-cran-'))
  const files = new Map<string, Uint8Array>()
  server = await serveFiles((path) => files.get(path))
  registryEnv = { CRAN_REPOSITORIES: server.url }
  host = await openRuntimeHost(rlang)
  if (!host.toolchain.found) return
  for (const [name, bytes] of await makeRepository(folder)) files.set(`/src/contrib/${name}`, bytes)
  const old = files.get('/src/contrib/acmeletters_1.4.0.tar.gz')
  if (old) files.set('/src/contrib/Archive/acmeletters/acmeletters_1.3.0.tar.gz', old)
})
afterAll(async () => {
  await host.close()
  server.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach((context) => {
  if (!host.toolchain.found) context.skip(host.toolchain.problem)
})

describe('packages of CRAN', () => {
  test('are pinned with all that they need, and the lock alone runs later', async () => {
    const lock = (await lockOf(host, SCRIPT, registryEnv)) ?? ''
    expect(lock).toMatch(/^acmeletters 1\.4\.0 sha256:\w{64}\nacmenames 3\.1\.0 sha256:\w{64}\n$/)
    const script = { path: undefined, lock }
    expect(await host.run(SCRIPT, { script, registryEnv }).ended).toMatchObject({ value: ['four', 'names'] })
    const asked = server.requests.length
    expect(asked).toBeGreaterThan(0)
    expect(await host.run(SCRIPT, { script, registryEnv }).ended).toMatchObject({ value: ['four', 'names'] })
    expect(server.requests.length).toBe(asked)
  })

  testSecondRun(
    () => host,
    async () => ({
      source: SCRIPT,
      input: { script: { path: undefined, lock: await lockOf(host, SCRIPT, registryEnv) }, registryEnv },
      value: ['four', 'names'],
    }),
  )

  test('an older version comes from the archive, and only as the lock says', async () => {
    const source = 'main <- function() acmeletters::one()'
    const lock = ((await lockOf(host, source, registryEnv)) ?? '').replace('1.4.0', '1.3.0')
    const old = server.requests.length
    const end = await host.run(source, { script: { path: undefined, lock }, registryEnv }).ended
    expect(end).toMatchObject({ value: 'four' })
    // The same content was kept when it was pinned.
    expect(server.requests.length).toBe(old)
    const other = lock.replace(/sha256:\w+/, `sha256:${'0'.repeat(64)}`)
    expect(await host.run(source, { script: { path: undefined, lock: other }, registryEnv }).ended).toMatchObject({
      error: { name: 'InstallError', message: expect.stringContaining('is another file than the lock says') },
    })
    expect(server.requests.slice(old)).toContain('/src/contrib/Archive/acmeletters/acmeletters_1.3.0.tar.gz')
  })

  test('what cannot be had is told by its name', async () => {
    const away = { CRAN_REPOSITORIES: 'http://name:secret@127.0.0.1:9' }
    await expect(lockOf(host, 'library(acmenone)\nmain <- function() 1', registryEnv)).rejects.toThrow(
      /^there is no package acmenone: neither has the host it nor http:\/\/127/,
    )
    await expect(lockOf(host, 'library(acmenewer)', registryEnv)).rejects.toThrow(
      'acmeletters 2.0, which acmenewer needs, is not to be had: the newest is 1.4.0',
    )
    const unreachable = lockOf(host, 'library(acmeaway)', away)
    await expect(unreachable).rejects.toThrow(/could not be read.*\/\/127\.0\.0\.1:9/)
    await expect(unreachable).rejects.not.toThrow('secret')
  })

  test('a package that the lock takes from the host is looked for there', async () => {
    const lock = `acmehost 1.0 host\n${(await lockOf(host, SCRIPT, registryEnv)) ?? ''}`
    expect(await host.run(SCRIPT, { script: { path: undefined, lock }, registryEnv }).ended).toMatchObject({
      error: { message: expect.stringContaining('takes acmehost from the host') },
    })
  })

  test('what comes with R needs no lock', async () => {
    expect(await lockOf(host, 'library(stats)\nmain <- function() utils::head(1:3)', registryEnv)).toBeUndefined()
  })
})

/** Archives and the index that R itself makes of them, by name. */
async function makeRepository(folder: string): Promise<Map<string, Uint8Array>> {
  for (const { name, version, needs, code } of PACKAGES) {
    const source = join(folder, name)
    await mkdir(join(source, 'R'), { recursive: true })
    const head = `Package: ${name}\nVersion: ${version}\nTitle: Acme\nDescription: Acme.\nLicense: none\n`
    await writeFile(join(source, 'DESCRIPTION'), `${head}${needs}Author: Ada\nMaintainer: Ada <ada@acme.test>\n`)
    await writeFile(join(source, 'NAMESPACE'), 'exportPattern(".")\n')
    await writeFile(join(source, 'R', 'code.R'), `${code}\n`)
    await run('tar', ['-czf', join(folder, `${name}_${version}.tar.gz`), '-C', folder, name])
  }
  await run('Rscript', ['-e', 'tools::write_PACKAGES(commandArgs(TRUE)[1], type = "source")', folder])
  const names = [...PACKAGES.map(({ name, version }) => `${name}_${version}.tar.gz`), 'PACKAGES', 'PACKAGES.gz']
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)))
}
