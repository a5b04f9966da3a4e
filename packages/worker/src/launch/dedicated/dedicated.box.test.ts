import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { allRuntimes, loadGrammars } from '@millrace/runtimes'
import { chooseSandbox, isReachable } from '@millrace/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Launcher } from '../launcher.ts'

const limits = { memoryBytesMax: 2 ** 29, processesMax: 256, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

const TYPESCRIPT = `
let count = 0
export async function main(wish = '') {
  count += 1
  console.log('job', count, process.env.WM_TOKEN)
  if (wish === 'fail') throw new Error('as you wish')
  if (wish === 'stay') await new Promise((resolve) => setTimeout(resolve, 86_400_000))
  return count
}
`
/** Counts the jobs of its process, prints and returns the count, or fails or never ends as it is told. */
const COUNTING: Readonly<Record<string, readonly (readonly [engine: string, source: string])[]>> = {
  python3: [
    [
      'python',
      `
import os, time
count = 0
def main(wish: str = ""):
    global count
    count += 1
    print("job", count, os.environ.get("WM_TOKEN"))
    if wish == "fail":
        raise ValueError("as you wish")
    while wish == "stay":
        time.sleep(1)
    return count
`,
    ],
  ],
  bun: [
    ['bun', TYPESCRIPT],
    ['node', `//nodejs\n${TYPESCRIPT}`],
  ],
  deno: [['deno', TYPESCRIPT]],
}

let folder: string
let launcher: Launcher | undefined
beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-dedicated-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (!choice.found) return
  launcher = new Launcher({ sandbox: choice.sandbox, dataDir: folder, log: silentLogger, slots: 2 })
  await launcher.start(true)
})
afterAll(async () => {
  await launcher?.stop()
  await rm(folder, { recursive: true, force: true })
})

const counting = allRuntimes.flatMap((runtime) =>
  runtime.kind === 'process'
    ? (COUNTING[runtime.id] ?? []).map(([engine, source]) => ({ runtime, engine, source }))
    : [],
)

describe.for(counting)('$runtime.id, $engine', ({ runtime, source }) => {
  /** Runs the counting script in its dedicated process. */
  async function start(wish: string, token: string) {
    const toolchainFolder = join(folder, 'toolchains', runtime.id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
    if (!toolchain.found || !launcher) return undefined
    let log = ''
    const run = launcher.run({
      runtime,
      prepared: runtime.prepare({ content: source, path: 'f/a/counting' }, toolchain),
      toolchain,
      input: { args: { wish }, env: { WM_TOKEN: token } },
      limits,
      network: 'none',
      dedicatedTo: runtime.id,
      onLog: (text) => (log += text),
    })
    return { run, log: () => log, ended: run.ended.then(({ outcome }) => ({ outcome, log })) }
  }

  test('a process serves job after job, with the log, environment and error of each, and a new one where it had to go', async (context) => {
    const first = await start('', 'one')
    if (!first) return context.skip('there is no sandbox or no toolchain to run this')
    expect(await first.ended).toEqual({ outcome: { kind: 'result', json: '1' }, log: 'job 1 one\n' })
    const failing = await (await start('fail', 'two'))?.ended
    expect(failing?.outcome).toMatchObject({ kind: 'error', error: { message: 'as you wish' } })
    expect(failing?.log).toBe('job 2 two\n')
    expect(await (await start('', 'three'))?.ended).toEqual({
      outcome: { kind: 'result', json: '3' },
      log: 'job 3 three\n',
    })
    const staying = await start('stay', 'four')
    await expect.poll(() => staying?.log(), { timeout: 10_000 }).toContain('job 4')
    staying?.run.kill('SIGKILL')
    expect((await staying?.ended)?.outcome).toMatchObject({ kind: 'error' })
    expect((await (await start('', 'five'))?.ended)?.outcome).toEqual({ kind: 'result', json: '1' })
  })
})
