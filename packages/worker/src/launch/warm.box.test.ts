import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { allRuntimes, loadGrammarOf } from '@millrace/runtimes'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { Launcher } from './launcher.ts'
import type { LauncherOptions } from './launcher-options.ts'

const limits = { memoryBytesMax: 2 ** 29, processesMax: 256, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

let folder: string
let sandbox: Sandbox | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-warm-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (choice.found) sandbox = choice.sandbox
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** One that waits in a box of its own, and one that forks. */
describe.for(['bash', 'python3'])('%s', (id) => {
  async function open(context: TestContext, warm: Pick<LauncherOptions, 'warmIdleMs' | 'warmBytesMax'>) {
    const runtime = allRuntimes.find((each) => each.id === id)
    if (runtime?.kind !== 'process' || !sandbox) return context.skip('there is no sandbox')
    const toolchainFolder = join(folder, 'toolchains', id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
    if (!toolchain.found) return context.skip(toolchain.problem)
    await loadGrammarOf(runtime)
    const launcher = new Launcher({ sandbox, dataDir: folder, log: silentLogger, slots: 2, ...warm })
    context.onTestFinished(() => launcher.stop())
    await launcher.start(false)
    const prepared = runtime.prepare({ content: runtime.info.starter, path: undefined }, toolchain)
    const request = { runtime, prepared, toolchain, limits, network: 'none' } as const
    const run = async () => {
      const input = { args: { name: 'World', times: 1 }, env: {} }
      return (await launcher.run({ ...request, input, onLog: () => undefined }).ended).outcome
    }
    return { launcher, run, warm: () => launcher.warm(request) }
  }

  test('what no job used for a while is let go, and the next job runs all the same', async (context) => {
    const { launcher, run, warm } = await open(context, { warmIdleMs: 200 })
    await warm()
    await expect.poll(() => launcher.warmCount, { timeout: 10_000 }).toBeGreaterThan(0)
    await expect.poll(() => launcher.warmCount, { timeout: 10_000 }).toBe(0)
    expect(await run()).toMatchObject({ kind: 'result' })
  })

  test('past the bound of their memory none waits, and the next job runs all the same', async (context) => {
    const { launcher, run, warm } = await open(context, { warmBytesMax: 1 })
    await warm()
    await expect.poll(() => launcher.warmCount, { timeout: 10_000 }).toBeGreaterThan(0)
    // It holds memory as soon as it has begun.
    await expect.poll(async () => (await launcher.fitWarm(), launcher.warmCount), { timeout: 10_000 }).toBe(0)
    expect(await run()).toMatchObject({ kind: 'result' })
  })
})
