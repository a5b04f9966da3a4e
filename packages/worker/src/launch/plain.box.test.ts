import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { allRuntimes, loadGrammars } from '@millrace/runtimes'
import { openPlainSandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Launcher } from './launcher.ts'

const limits = { memoryBytesMax: 2 ** 31, processesMax: 512, fileBytesMax: 2 ** 31, openFilesMax: 4096 }

/** Compilers begin with nothing that was kept. */
const COLD_BUILD_MS = 180_000

let folder: string
let launcher: Launcher
beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-plain-'))
  await chmod(folder, 0o755)
  const sandbox = await openPlainSandbox({ folder: join(folder, 'sandbox') })
  launcher = new Launcher({ sandbox, dataDir: folder, log: silentLogger, slots: 1 })
  await launcher.start(true)
})
afterAll(async () => {
  await launcher.stop()
  await rm(folder, { recursive: true, force: true })
})

test.for(allRuntimes.filter((runtime) => runtime.kind === 'process'))(
  '$id runs its starter without a sandbox, where no path inside is what it says',
  { timeout: COLD_BUILD_MS },
  async (runtime, context) => {
    const toolchainFolder = join(folder, 'toolchains', runtime.id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable: () => Promise.resolve(true) })
    if (!toolchain.found) return context.skip(toolchain.problem)
    const prepared = runtime.prepare({ content: runtime.info.starter, path: undefined }, toolchain)
    let log = ''
    const input = { args: { name: 'World', times: 1 }, env: {} }
    const run = launcher.run({
      runtime,
      prepared,
      toolchain,
      input,
      limits,
      network: 'host',
      onLog: (text) => (log += text),
    })
    const { outcome } = await run.ended
    expect({ ...outcome, log }).toMatchObject({ kind: 'result', log: expect.stringContaining('Hello World') })
  },
)
