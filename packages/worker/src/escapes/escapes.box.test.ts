import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allRuntimes, loadGrammars } from '@millrace/runtimes'
import { chooseSandbox, isReachable, openPlainSandbox, type Sandbox } from '@millrace/sandbox'
import { LinkLocalHost, linkLocalPorts } from '@millrace/sandbox/testing/link-local-host'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { hasEscapes, runEscapes, type Tried } from './run-escapes.ts'

let folder: string
let sandbox: Sandbox
/** Stands for the metadata service of a cloud, where this host lets us make it. */
let cloud: LinkLocalHost | undefined
beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-escapes-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (!choice.found) throw new Error(choice.problem)
  sandbox = choice.sandbox
  cloud = await LinkLocalHost.open().catch(() => undefined)
})
afterAll(async () => {
  await cloud?.close()
  await rm(folder, { recursive: true, force: true })
})

describe.for(allRuntimes.filter(hasEscapes))('$id', (runtime) => {
  test('no attempt to get out of the box succeeds', async (context) => {
    const tried = await tryAll(context, sandbox)
    expect(achieved(tried).map(({ name, tries, detail }) => `${name}: ${tries} (${detail})`)).toEqual([])
    expect(tried.filter(({ verdict }) => verdict === 'refused').length).toBeGreaterThanOrEqual(60)
    expect(tried.filter(({ verdict }) => verdict === 'untried')).toEqual([])
  })

  test('the same attempts succeed where nothing isolates', async (context) => {
    const plain = await openPlainSandbox({ folder: join(folder, 'plain') })
    const names = achieved(await tryAll(context, plain)).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...CERTAIN, ...(cloud ? ['metadata-probe'] : [])]))
  })

  async function tryAll(context: TestContext, by: Sandbox): Promise<readonly Tried[]> {
    const toolchainFolder = join(folder, 'toolchains', runtime.id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
    if (!toolchain.found) return context.skip(toolchain.problem)
    const linkLocal = cloud && { address: cloud.address, port: linkLocalPorts.credentials }
    return await runEscapes({ sandbox: by, runtime, toolchain, folder, host: { databaseSockets: [], linkLocal } })
  }
})

/** What anybody can do to the processes of the own user and to open files and services. */
const CERTAIN = [
  'server-environment',
  'server-command',
  'server-memory',
  'server-root',
  'server-folder',
  'server-descriptor',
  'server-signal',
  'any-environment',
  'any-command',
  'host-file',
  'host-folder',
  'data-folder',
  'symlink',
  'dots-in-proc',
  'link-race',
  'neighbour-file',
  'neighbour-write',
  'neighbour-command',
  'loopback',
  'abstract-socket',
  'host-socket',
  'trace-tmp',
  'call-ptrace',
  'call-bpf',
  'call-io_uring_setup',
  'socket-of-firewall',
]

function achieved(tried: readonly Tried[]): readonly Tried[] {
  return tried.filter(({ verdict }) => verdict === 'achieved')
}
