import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { allRuntimes, loadGrammars, type FoundToolchain, type ProcessRuntime } from '@millrace/runtimes'
import { chooseSandbox, isReachable } from '@millrace/sandbox'
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest'
import type { RunEnd } from '../launch-context.ts'
import { Launcher } from '../launcher.ts'

const limits = { memoryBytesMax: 2 ** 29, processesMax: 256, fileBytesMax: 2 ** 29, openFilesMax: 1024 }

const PYTHON = `
import os, subprocess, sys, time
seen = []
def main(name: str, wish: str = ""):
    seen.append(name)
    if wish == "talk":
        print(name, "out")
        print(name, "err", file=sys.stderr)
        os.write(1, (name + " raw, without an end").encode())
    if wish == "rest":
        print("resting", flush=True)
        time.sleep(1)
    if wish == "crash":
        os._exit(7)
    return seen if wish == "tell" else name
`
const TYPESCRIPT = `
import { writeSync } from 'node:fs'
const seen: string[] = []
export async function main(name: string, wish = '') {
  seen.push(name)
  if (wish === 'talk') {
    console.log(name, 'out')
    console.error(name, 'err')
    writeSync(1, name + ' raw, without an end')
  }
  if (wish === 'rest') {
    console.log('resting')
    const until = Date.now() + 1000
    while (Date.now() < until);
  }
  if (wish === 'crash') process.exit(7)
  return wish === 'tell' ? seen : name
}
`
/** Scripts that remember the names that they were called with. */
const REMEMBERING: Readonly<Record<string, readonly (readonly [engine: string, source: string])[]>> = {
  python3: [['python', PYTHON]],
  bun: [
    ['bun', TYPESCRIPT],
    ['node', `//nodejs\n${TYPESCRIPT}`],
  ],
  deno: [['deno', TYPESCRIPT]],
}

let folder: string
/** With one slot there is one process for each script. Neither goes by how fast this machine is. */
let patient: Launcher | undefined
let impatient: Launcher | undefined
beforeAll(async () => {
  await loadGrammars()
  folder = await mkdtemp(join(tmpdir(), 'millrace-window-'))
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(folder, 'sandbox') })
  if (!choice.found) return
  const options = { sandbox: choice.sandbox, dataDir: folder, log: silentLogger, slots: 1 }
  patient = new Launcher({ ...options, window: { windowMs: 60_000, longMs: 60_000 } })
  impatient = new Launcher({ ...options, window: { windowMs: 60_000, longMs: 100 } })
  for (const launcher of [patient, impatient]) await launcher.start(false)
})
afterAll(async () => {
  await patient?.stop()
  await impatient?.stop()
  await rm(folder, { recursive: true, force: true })
})

const remembering = allRuntimes.flatMap((runtime) =>
  runtime.kind === 'process'
    ? (REMEMBERING[runtime.id] ?? []).map(([engine, source]) => ({ runtime, engine, source }))
    : [],
)

/** A script with a process of its own, which has run enough jobs to be given several at once. */
async function openScript(context: TestContext, { runtime, source }: Remembering, launcher: Launcher | undefined) {
  const toolchainFolder = join(folder, 'toolchains', runtime.id)
  await mkdir(toolchainFolder, { recursive: true })
  const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
  if (!toolchain.found || !launcher) return context.skip('there is no sandbox or no toolchain to run this')
  const script = new Script(
    launcher,
    runtime,
    toolchain,
    `${source}\n${runtime.id === 'python3' ? '' : 'export const '}test = '${context.task.id}'\n`,
  )
  for (const name of ['first', 'second', 'third']) await script.run(name).end
  expect(script.placesAtBegin).toBe(32)
  script.events.length = 0
  return script
}

interface Remembering {
  readonly runtime: ProcessRuntime
  readonly source: string
}

interface Job {
  readonly name: string
  readonly end: Promise<RunEnd>
  readonly log: () => string
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL') => void
}

class Script {
  /** What was told of jobs, in order: `<name> waits`, `<name> begins`, `<name> ends`. */
  readonly events: string[] = []
  /** How many could wait behind the job that began last. */
  placesAtBegin = 0
  readonly id: string
  readonly #launcher: Launcher
  readonly #runtime: ProcessRuntime
  readonly #toolchain: FoundToolchain
  readonly #source: string

  constructor(of: Launcher, runtime: ProcessRuntime, toolchain: FoundToolchain, source: string) {
    this.#launcher = of
    this.#runtime = runtime
    this.#toolchain = toolchain
    this.#source = source
    this.id = source
  }

  run(name: string, wish = ''): Job {
    let log = ''
    const { ended, kill } = this.#launcher.run({
      runtime: this.#runtime,
      prepared: this.#runtime.prepare({ content: this.#source, path: 'f/a/remembering' }, this.#toolchain),
      toolchain: this.#toolchain,
      input: { args: { name, wish }, env: {} },
      limits,
      network: 'none',
      dedicatedTo: this.id,
      onLog: (text) => (log += text),
      onWait: () => this.events.push(`${name} waits`),
      onBegin: () => {
        this.events.push(`${name} begins`)
        this.placesAtBegin = this.#launcher.placesBehind(this.id)
      },
    })
    const end = ended.then((value) => {
      this.events.push(`${name} ends`)
      return value
    })
    return { name, end, log: () => log, kill }
  }

  /** Runs a job until it was run, as the queue does with what is taken back. */
  async finish(name: string): Promise<RunEnd> {
    for (;;) {
      const end = await this.run(name).end
      if (!end.isUnbegun) return end
    }
  }

  /** Names that its process was called with. */
  async seen(): Promise<readonly string[]> {
    const { outcome } = await this.run('last', 'tell').end
    return outcome.kind === 'result' ? JSON.parse(outcome.json) : []
  }
}

function names(count: number): readonly string[] {
  return Array.from({ length: count }, (_, nth) => `job ${nth}`)
}

const resultOf = (name: string) => ({ outcome: { kind: 'result', json: JSON.stringify(name) } })

describe.for(remembering)('$runtime.id, $engine', (remembered) => {
  test('jobs that lie before a process end in order, each with its own log and all of it', async (context) => {
    const script = await openScript(context, remembered, patient)
    const jobs = names(60).map((name) => script.run(name, 'talk'))
    for (const { name, end, log } of jobs) {
      expect(await end).toMatchObject(resultOf(name))
      const lines = [`${name} out\n`, `${name} err\n`, `${name} raw, without an end`]
      expect(log()).toHaveLength(lines.join('').length)
      for (const line of lines) expect(log()).toContain(line)
    }
    expect(script.events.filter((event) => event.endsWith('ends'))).toEqual(names(60).map((name) => `${name} ends`))
    expect((await script.seen()).slice(-61)).toEqual([...names(60), 'last'])
  })

  test('jobs behind one that takes long are given back, and it goes on', async (context) => {
    const script = await openScript(context, remembered, impatient)
    const long = script.run('long', 'rest')
    const behind = names(6).map((name) => script.run(name))
    for (const { end } of behind) expect(await end).toMatchObject({ isUnbegun: true })
    expect(script.events).not.toContain('long ends')
    expect(await long.end).toMatchObject(resultOf('long'))
    expect((await script.seen()).slice(-2)).toEqual(['long', 'last'])
  })

  test('a job that is ended before it begins leaves the one that runs alone', async (context) => {
    const script = await openScript(context, remembered, patient)
    const long = script.run('long', 'rest')
    const [ended, other] = [script.run('ended'), script.run('other')]
    await expect.poll(long.log).toBe('resting\n')
    ended.kill('SIGKILL')
    expect(await ended.end).toMatchObject({ isUnbegun: true })
    expect(await long.end).toMatchObject(resultOf('long'))
    expect(await other.end).toMatchObject({ isUnbegun: true })
    expect(await script.finish('other')).toMatchObject(resultOf('other'))
    expect(await script.seen()).not.toContain('ended')
    expect(script.events.indexOf('other begins')).toBeGreaterThan(script.events.indexOf('other waits'))
  })

  test('a process that ends takes only the job along that had begun', async (context) => {
    const script = await openScript(context, remembered, patient)
    const crash = script.run('crash', 'crash')
    const behind = names(8).map((name) => script.run(name))
    expect(await crash.end).toMatchObject({ outcome: { kind: 'error', error: { message: 'exit code 7' } } })
    for (const { end } of behind) expect(await end).toMatchObject({ isUnbegun: true })
    for (const name of names(8)) expect(await script.finish(name)).toMatchObject(resultOf(name))
    expect(await script.seen()).toEqual([...names(8), 'last'])
  })

  test('a job that is ended while it runs, as one whose time is over, takes none of those behind it along', async (context) => {
    const script = await openScript(context, remembered, patient)
    const long = script.run('long', 'rest')
    const behind = names(31).map((name) => script.run(name))
    await expect.poll(long.log).toBe('resting\n')
    long.kill('SIGKILL')
    expect((await long.end).outcome).toMatchObject({ kind: 'error' })
    for (const { end } of behind) expect(await end).toMatchObject({ isUnbegun: true })
    for (const name of names(31)) expect(await script.finish(name)).toMatchObject(resultOf(name))
    expect(await script.seen()).toEqual([...names(31), 'last'])
  })

  test('whenever jobs are taken back, each is run once', async (context) => {
    const script = await openScript(context, remembered, patient)
    const before = await script.seen()
    const wanted = names(400)
    const left = wanted.values()
    let taken = 0
    const work = async () => {
      for (const name of left) {
        const run = script.run(name)
        if (name.endsWith('7')) setImmediate(() => patient?.recall())
        const end = await run.end
        if (end.isUnbegun) taken += 1
        expect(end.isUnbegun ? await script.finish(name) : end).toMatchObject(resultOf(name))
      }
    }
    await Promise.all(Array.from({ length: 12 }, work))
    expect(taken).toBeGreaterThan(10)
    const ran = (await script.seen()).slice(before.length, -1)
    expect([...ran].sort()).toEqual([...wanted].sort())
  })
})
