import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { findRuntime, loadGrammars, type FoundToolchain, type ProcessRuntime, type Volume } from '@millrace/runtimes'
import { chooseSandbox, isReachable, openPlainSandbox, type Sandbox } from '@millrace/sandbox'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Launcher } from './launcher.ts'

const MB = 1024 * 1024
const LIMITS = {
  memoryBytesMax: 512 * MB,
  processesMax: 256,
  fileBytesMax: 512 * MB,
  openFilesMax: 1024,
  diskBytesMax: 4 * MB,
}
const NOTES: Volume = { name: 'notes', inside: '/volumes/notes' }

interface Language {
  readonly runtime: ProcessRuntime
  readonly toolchain: FoundToolchain
}

let folder: string
let sandbox: Sandbox | undefined
let launcher: Launcher
let openNext: () => Promise<Launcher>
const languages = new Map<string, Language>()

beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-volumes-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (!choice.found) return
  sandbox = choice.sandbox
  openNext = () => openLauncher(choice.sandbox)
  launcher = await openNext()
  for (const id of ['bash', 'python3', 'java']) {
    const runtime = findRuntime(id)
    if (runtime?.kind !== 'process') continue
    const toolchainFolder = join(folder, 'toolchains', id)
    await mkdir(toolchainFolder, { recursive: true })
    const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
    if (toolchain.found) languages.set(id, { runtime, toolchain })
  }
})
afterAll(async () => {
  await launcher?.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach((context) => {
  if (!sandbox?.isolation.files) context.skip('no sandbox of this host mounts folders')
})

async function openLauncher(box: Sandbox): Promise<Launcher> {
  const opened = new Launcher({ sandbox: box, dataDir: folder, log: silentLogger, slots: 1, volumeBytesMax: 16 * MB })
  await opened.start(false)
  return opened
}

interface Job {
  readonly language?: string
  readonly workspace?: string
  readonly volumes?: readonly Volume[]
  readonly by?: Launcher
}

function start(content: string, { language = 'bash', workspace = 'one', volumes = [NOTES], by = launcher }: Job = {}) {
  const known = languages.get(language)
  if (!known) throw new Error(`${language} is not installed`)
  const said = new Map<string, () => void>()
  let log = ''
  const run = by.run({
    ...known,
    prepared: known.runtime.prepare({ content, path: undefined }, known.toolchain),
    input: { args: {}, env: {} },
    limits: LIMITS,
    network: 'none',
    workspace,
    volumes,
    onLog(text) {
      log += text
      for (const [words, tell] of said) if (log.includes(words)) tell()
    },
  })
  return {
    kill: () => run.kill('SIGKILL'),
    outcome: run.ended.then(({ outcome }) => outcome),
    logged: (words: string) =>
      new Promise<void>((resolve) => (log.includes(words) ? resolve() : said.set(words, resolve))),
  }
}

/** The result, or the error, of a script of the shell whose last line is the result. */
async function result(content: string, job?: Job): Promise<unknown> {
  const outcome = await start(content, job).outcome
  return outcome.kind === 'result' ? JSON.parse(outcome.json) : outcome.error
}

test('what a job leaves in a volume is there for the next, also after a restart of the worker', async () => {
  const job = { volumes: [{ name: 'kept', inside: '/data/kept' }] }
  const append = 'echo line >>/data/kept/log; wc -l </data/kept/log'
  expect(await result(append, job)).toBe('1')
  expect(await result(append, job)).toBe('2')
  const next = await openNext()
  expect(await result(append, { ...job, by: next })).toBe('3')
  await next.stop()
})

test('a workspace sees nothing of the volumes of another, and nothing of its own without asking', async () => {
  expect(await result('echo secret >/volumes/notes/secret; echo written')).toBe('written')
  expect(await result('ls -A /volumes/notes | wc -l', { workspace: 'two' })).toBe('0')
  expect(await result('ls /volumes 2>/dev/null | wc -l', { volumes: [] })).toBe('0')
  const elsewhere = [{ name: 'notes', inside: '/mnt/deep/down' }]
  expect(await result('cat /mnt/deep/down/secret', { volumes: elsewhere })).toBe('secret')
})

test.for([
  [
    'python3',
    'def main():\n    open("/volumes/notes/python3", "a").write("x")\n    return open("/volumes/notes/python3").read()',
  ],
  [
    'java',
    'import java.nio.file.*;\npublic class Main { public static Object main() throws Exception {\n  Path path = Path.of("/volumes/notes/java");\n  Files.writeString(path, "x", StandardOpenOption.CREATE, StandardOpenOption.APPEND);\n  return Files.readString(path);\n} }',
  ],
])(
  'a language whose boxes stand ready ahead of their jobs gets one for its volumes: %s',
  async ([language = '', source = ''], context) => {
    if (!languages.has(language)) context.skip(`${language} is not installed`)
    expect(await result(source, { language })).toBe('x')
    expect(await result(source, { language })).toBe('xx')
  },
)

test('one job at a time has a volume; the others wait and say so, or end at once when they are to', async () => {
  const holding = start('echo ready; sleep 3600')
  await holding.logged('ready')
  const waiting = start('echo mine')
  const ended = start('echo never')
  await Promise.all([waiting.logged('waiting for the volume notes'), ended.logged('waiting for the volume notes')])
  ended.kill()
  expect(await ended.outcome).toMatchObject({ error: { name: 'Canceled' } })
  expect(await result('echo other', { workspace: 'two' })).toBe('other')
  holding.kill()
  await holding.outcome
  expect(await waiting.outcome).toMatchObject({ json: '"mine"' })
})

test('volumes that were made by different jobs come together in one, and apart again', async () => {
  const [left, right] = ['left', 'right'].map((name) => ({ name, inside: `/volumes/${name}` }))
  if (!left || !right) throw new Error('there are two')
  expect(await result('echo 1 >/volumes/left/a; echo ok', { volumes: [left] })).toBe('ok')
  expect(await result('echo 2 >/volumes/right/a; echo ok', { volumes: [right] })).toBe('ok')
  const both = 'cat /volumes/*/a | paste -sd+; echo 3 >/volumes/right/a; cat /volumes/*/a | paste -sd+'
  expect(await result(both, { volumes: [right, left] })).toBe('1+3')
  expect(await result('echo 4 >/volumes/left/a; cat /volumes/left/a', { volumes: [left] })).toBe('4')
  expect(await result('echo 5 >/volumes/right/a; cat /volumes/right/a', { volumes: [right] })).toBe('5')
})

test('a workspace that fills its volumes is told so, and can still clear up', async () => {
  const job = { workspace: 'full', volumes: [{ name: 'big', inside: '/volumes/big' }] }
  // More than a job may write into its own folder: that bound is another.
  const write = (megabytes: number) =>
    `head -c ${megabytes}000000 /dev/zero >/volumes/big/file; echo written; sleep 1; echo $?`
  expect(await result(write(8), job)).toBe('0')
  expect(await result(`${write(30)}; sleep 3600`, job)).toMatchObject({
    name: 'OutOfDisk',
    message: expect.stringMatching(/the volume at \/volumes\/big .*WORKER_VOLUMES_MB/),
  })
  const other = [{ name: 'other', inside: '/volumes/other' }]
  const overfull = await result('head -c 3000000 /dev/zero >/volumes/other/file; sleep 3600', {
    ...job,
    volumes: other,
  })
  expect(overfull).toMatchObject({ name: 'OutOfDisk' })
  expect(await result('rm /volumes/big/file; sleep 1; echo free', job)).toBe('free')
  expect(await result(write(8), job)).toBe('0')
})

test('without a sandbox there are no volumes, and the job says so', async () => {
  const plain = await openLauncher(await openPlainSandbox({ folder: join(folder, 'sandbox') }))
  expect(await result('echo never', { by: plain })).toMatchObject({
    name: 'VolumeError',
    message: expect.stringContaining('without a sandbox'),
  })
  await plain.stop()
})
