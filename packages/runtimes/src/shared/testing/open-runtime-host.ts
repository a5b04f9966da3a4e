import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import type { Isolation } from '@millrace/sandbox/spec'
import { Launcher } from '@millrace/worker/launch'
import { loadGrammars } from '../../grammar.ts'
import type { ProcessRuntime, Toolchain } from '../../runtime.ts'
import type { RuntimeHost, SampleEnd, SampleInput, SampleRun } from '../../suite.ts'

const MB = 1024 * 1024
const LIMITS = { memoryBytesMax: 512 * MB, processesMax: 256, fileBytesMax: 512 * MB, openFilesMax: 1_024 }

/** A host with this machine's sandbox and the worker's launcher; `isolation` pretends that the sandbox can do less. */
export async function openRuntimeHost(
  runtime: ProcessRuntime,
  isolation: Partial<Isolation> = {},
): Promise<RuntimeHost> {
  await loadGrammars()
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-runtime-'))
  await chmod(dataDir, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(dataDir, 'sandbox') })
  const toolchainFolder = join(dataDir, 'toolchains', runtime.id)
  await mkdir(toolchainFolder, { recursive: true })
  const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
  if (!choice.found || !toolchain.found) {
    const missing: Toolchain = choice.found ? toolchain : { ...choice, found: false }
    return { toolchain: missing, run: refuse, close: () => rm(dataDir, { recursive: true, force: true }) }
  }

  const launcher = new Launcher({ sandbox: limit(choice.sandbox, isolation), dataDir, log: silentLogger, slots: 2 })
  await launcher.start(true)
  return {
    toolchain,
    run(source: string, { args = {}, env = {} }: SampleInput = {}) {
      const prepared = runtime.prepare({ content: source, path: undefined }, toolchain)
      const listener = new LogListener()
      const onLog = (text: string) => listener.hear(text)
      const request = {
        runtime,
        prepared,
        toolchain,
        input: { args, env },
        limits: LIMITS,
        network: 'none',
        onLog,
      } as const
      const run = launcher.run(request)
      const ended = run.ended.then(({ outcome }): SampleEnd => {
        listener.end()
        if (outcome.kind === 'error') return { ...outcome, log: listener.text }
        return { kind: 'result', value: JSON.parse(outcome.json), log: listener.text }
      })
      return { ended, logged: (text) => listener.find(text), kill: (signal) => run.kill(signal) }
    },
    async close() {
      await launcher.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function refuse(): SampleRun {
  throw new Error('there is no sandbox or no toolchain to run this')
}

function limit(sandbox: Sandbox, isolation: Partial<Isolation>): Sandbox {
  return {
    id: sandbox.id,
    isolation: { ...sandbox.isolation, ...isolation },
    start: (spec) => sandbox.start(spec),
    makeFolder: (host) => sandbox.makeFolder(host),
    removeFolder: (host) => sandbox.removeFolder(host),
  }
}

/** The log so far, and who waits for something to stand in it. */
class LogListener {
  text = ''
  #isOver = false
  #onChange = new Set<() => void>()

  hear(text: string): void {
    this.text += text
    for (const look of this.#onChange) look()
  }

  end(): void {
    this.#isOver = true
    for (const look of this.#onChange) look()
  }

  find(wanted: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.text.includes(wanted)) resolve()
        else if (this.#isOver) reject(new Error(`the log never said "${wanted}": ${this.text}`))
        else return
        this.#onChange.delete(look)
      }
      this.#onChange.add(look)
      look()
    })
  }
}
