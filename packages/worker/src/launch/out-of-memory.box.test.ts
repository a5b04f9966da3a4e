import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { allRuntimes, loadGrammarOf } from '@millrace/runtimes'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { Launcher } from './launcher.ts'

const limits = { memoryBytesMax: 2 ** 27, processesMax: 64, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

/** Scripts whose child has no memory left, which do not mind. */
const CARELESS: Readonly<Record<string, string>> = {
  bash: 'tail /dev/zero; echo fine',
  python3: 'import subprocess\ndef main():\n    subprocess.run(["tail", "/dev/zero"])\n    return "fine"\n',
  bun: "import { spawnSync } from 'node:child_process'\nexport function main() { spawnSync('tail', ['/dev/zero']); return 'fine' }\n",
}

let folder: string
let sandbox: Sandbox | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-memory-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (choice.found) sandbox = choice.sandbox
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.for(Object.keys(CARELESS))('%s', (id) => {
  async function open(context: TestContext) {
    const runtime = allRuntimes.find((each) => each.id === id)
    if (runtime?.kind !== 'process' || !sandbox) return context.skip('there is no sandbox')
    if (!sandbox.isolation.memory) return context.skip('memory is not bounded on this host')
    const toolchainFolder = join(folder, 'toolchains', id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
    if (!toolchain.found) return context.skip(toolchain.problem)
    await loadGrammarOf(runtime)
    const launcher = new Launcher({ sandbox, dataDir: folder, log: silentLogger, slots: 1 })
    context.onTestFinished(() => launcher.stop())
    await launcher.start(false)
    const { starter } = runtime.info
    const run = async (content: string, args: Readonly<Record<string, unknown>> = {}) => {
      const prepared = runtime.prepare({ content, path: undefined }, toolchain)
      const request = { runtime, prepared, toolchain, limits, network: 'none', onLog: () => undefined } as const
      return (await launcher.run({ ...request, input: { args, env: {} } }).ended).outcome
    }
    return { run, starter }
  }

  test('a job that goes on without what was killed of it for memory is told so, and no job after it', async (context) => {
    const { run, starter } = await open(context)
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await run(CARELESS[id] ?? '')).toMatchObject({ kind: 'error', error: { name: 'OutOfMemory' } })
      for (const times of [1, 2, 3])
        expect(await run(starter, { name: 'World', times })).toMatchObject({ kind: 'result' })
    }
  })
})
