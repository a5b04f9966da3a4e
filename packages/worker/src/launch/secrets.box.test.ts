import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { findRuntime, loadGrammars, type Runtime } from '@millrace/runtimes'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import { findWords, listDescendants, type Relative } from '@millrace/sandbox/testing/process-memory'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import { QueryLauncher } from '../query/query-launcher.ts'
import { Launcher } from './launcher.ts'
import type { RunRequest } from './launch-context.ts'

const limits = { memoryBytesMax: 2 ** 29, processesMax: 256, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

/** What a server has in its environment, and in its memory. */
const SERVER = {
  DATABASE_URL: `postgres://millrace:${randomUUID()}@localhost/millrace`,
  MILLRACE_SECRET_KEY: randomUUID(),
  MILLRACE_ADMIN_PASSWORD: randomUUID(),
} as const
const secrets = Object.values(SERVER)

/** Says that it is there and stays, or ends when it is told so. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: 'wish="$1"\nword="$2"\necho here\n[ "$wish" = end ] || sleep 600',
  python3: `import time
def main(wish: str = "", word: str = ""):
    print("here", flush=True)
    if wish != "end":
        time.sleep(600)
`,
  bun: `export async function main(wish = '', word = '') {
  console.log('here')
  if (wish !== 'end') await new Promise((resolve) => setTimeout(resolve, 600_000))
}
`,
}
const STAYING = SCRIPTS['bun'] ?? ''

/** Every way in which a job comes to a process. */
const WAYS: readonly {
  name: string
  language: string
  source?: string
  nests?: boolean
  isAlone?: boolean
  more?: Partial<RunRequest>
}[] = [
  { name: 'a command in a nest', language: 'bash' },
  { name: 'a fork of a warm interpreter', language: 'python3' },
  { name: 'a process parked in a nest', language: 'bun' },
  { name: 'a process parked in a nest, of another engine', language: 'bun', source: `//nodejs\n${STAYING}` },
  { name: 'a process parked in a box of its own', language: 'bash', nests: false },
  { name: 'an interpreter parked in a box of its own', language: 'python3', nests: false },
  { name: 'a box that is its own alone', language: 'bash', isAlone: true },
  { name: 'a process of its script', language: 'python3', more: { dedicatedTo: 'a' } },
  { name: 'a process of its script, of another engine', language: 'bun', more: { dedicatedTo: 'b' } },
  { name: 'a process of its script, of a third engine', language: 'deno', source: STAYING, more: { dedicatedTo: 'c' } },
]

let folder: string
let sandbox: Sandbox | undefined
beforeAll(async () => {
  Object.assign(process.env, SERVER)
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-secrets-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (choice.found) sandbox = choice.sandbox
})
afterAll(async () => {
  for (const name of Object.keys(SERVER)) Reflect.deleteProperty(process.env, name)
  await rm(folder, { recursive: true, force: true })
})

/** What came of this process since the launcher was made, and runs in boxes; not what makes them. */
function boxed(before: ReadonlySet<number>): readonly Relative[] {
  return listDescendants(process.pid).filter(
    ({ pid, command }) => !before.has(pid) && !command.includes('spawning-process'),
  )
}

interface Staying {
  readonly token: string
  readonly word: string
  readonly here: Promise<void>
  end(): Promise<void>
}

/** Opens a launcher and gives what starts jobs in it. */
async function open(context: TestContext, language: string, nests: boolean) {
  const runtime = findRuntime(language)
  if (runtime?.kind !== 'process') return context.skip(`${language} is no language of processes`)
  const { box, toolchain } = await prepare(context, runtime)
  const { isolation } = box
  const by: Sandbox = {
    id: box.id,
    isolation: { ...isolation, nested: isolation.nested && nests },
    start: (spec) => box.start(spec),
    makeFolder: (host) => box.makeFolder(host),
    removeFolder: (host) => box.removeFolder(host),
  }
  const before = new Set(listDescendants(process.pid).map(({ pid }) => pid))
  const dataDir = join(folder, randomUUID())
  await mkdir(dataDir, { mode: 0o755 })
  const launcher = new Launcher({ sandbox: by, dataDir, log: silentLogger, slots: 2 })
  context.onTestFinished(() => launcher.stop())
  await launcher.start(true)

  const start = (content: string, wish: string, more: Partial<RunRequest>): Staying => {
    const [token, word] = [randomUUID(), randomUUID()]
    const here = Promise.withResolvers<void>()
    let log = ''
    const run = launcher.run({
      runtime,
      toolchain,
      prepared: runtime.prepare({ content, path: 'f/a/stays' }, toolchain),
      input: { args: { wish, word }, env: { WM_TOKEN: token } },
      limits,
      network: 'none',
      onLog: (text) => {
        log += text
        if (log.includes('here')) here.resolve()
      },
      ...more,
    })
    void run.ended.then(({ outcome }) => here.reject(new Error(`${JSON.stringify(outcome)} ${log}`)))
    const end = async () => {
      if (wish !== 'end') run.kill('SIGKILL')
      await run.ended
    }
    return { token, word, here: here.promise, end }
  }
  const sharedFolder = join(dataDir, 'shared')
  return { before, start, makeShared: async () => (await box.makeFolder(sharedFolder), { sharedFolder }) }
}

async function prepare(context: TestContext, runtime: Runtime) {
  if (!sandbox) return context.skip('there is no sandbox')
  if (process.getuid?.() !== 0) return context.skip('only root may look into the memory of jobs')
  const toolchainFolder = join(folder, 'toolchains', runtime.id)
  await mkdir(toolchainFolder, { recursive: true })
  const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
  if (!toolchain.found) return context.skip(toolchain.problem)
  return { box: sandbox, toolchain }
}

describe('S2 no process of a job holds a secret of the server, or the token and the input of another job', () => {
  test('what a process holds is seen', ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root may look into the memory of processes')
    expect(findWords(process.pid, [...secrets, randomUUID()].slice(0, 3))).toEqual(new Set(secrets))
  })

  test.for(WAYS)(
    'in $name',
    async (
      { language, source = SCRIPTS[language] ?? '', nests = true, isAlone = false, more: dedicated = {} },
      context,
    ) => {
      const { before, start, makeShared } = await open(context, language, nests)
      const more: Partial<RunRequest> = isAlone ? await makeShared() : dedicated
      // It takes what is warm, and the next job the same after it.
      const first = start(source, 'end', more)
      await first.end()
      const beside = start(source, 'stay', more.dedicatedTo === undefined ? more : { dedicatedTo: 'another' })
      const staying = start(source, 'stay', more)
      await Promise.all([beside.here, staying.here])

      const all = boxed(before)
      const others = more.dedicatedTo === undefined ? [first.token, first.word] : []
      const found = all.map(({ pid, command }) => {
        const words = [...secrets, ...others, beside.token, beside.word, staying.token, staying.word]
        return { command, words: findWords(pid, words) }
      })
      const isSeen = (word: string) => found.some(({ words }) => words.has(word))
      expect([staying.token, beside.token].map(isSeen)).toEqual([true, true])
      for (const { command, words } of found) {
        expect({ command, secrets: secrets.filter((word) => words.has(word)) }).toEqual({ command, secrets: [] })
        expect({ command, earlier: others.filter((word) => words.has(word)) }).toEqual({ command, earlier: [] })
        const holds = [beside, staying].filter(({ token, word }) => words.has(token) || words.has(word))
        expect({ command, jobs: holds.length <= 1 }).toEqual({ command, jobs: true })
      }
      await Promise.all([beside.end(), staying.end()])
    },
  )

  test('in a helper that runs statements', async (context) => {
    const runtime = findRuntime('duckdb')
    if (runtime?.kind !== 'query') return context.skip('there is no DuckDB')
    const { box, toolchain } = await prepare(context, runtime)
    const before = new Set(listDescendants(process.pid).map(({ pid }) => pid))
    const queries = new QueryLauncher({ sandbox: box, dataDir: folder, log: silentLogger, slots: 1 })
    const word = randomUUID()
    const bound = runtime
      .prepare({ content: `-- $word (text)\nSELECT count(*), $word FROM range(1000000000000) a`, path: undefined })
      .bind({ word })
    if (!bound.ok) throw new Error(bound.error.message)
    const asked = { runtime, toolchain, workspaceId: 'one', request: bound.value, limits, onLog: () => undefined }
    const run = queries.run(asked)
    const look = () => boxed(before).map(({ pid }) => findWords(pid, [...secrets, word]))
    await expect.poll(() => look().some((words) => words.has(word)), { timeout: 20_000 }).toBe(true)
    for (const words of look()) expect(secrets.filter((each) => words.has(each))).toEqual([])
    run.kill('SIGKILL')
    await run.ended
    await queries.stop()
  })
})
