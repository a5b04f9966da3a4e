import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { chooseSandbox, isReachable, type Sandbox } from '@millrace/sandbox'
import type { Isolation } from '@millrace/sandbox/spec'
import { Launcher } from '@millrace/worker/launch'
import { loadGrammars } from '../../load-grammars.ts'
import type { ProcessRuntime, Registries, Toolchain } from '../../runtime.ts'
import type { RuntimeHost, SampleEnd, SampleInput } from '../../suite.ts'

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
    return {
      toolchain: missing,
      run: refuse,
      resolve: refuse,
      boxesStarted: 0,
      stepsRun: 0,
      close: () => rm(dataDir, { recursive: true, force: true }),
    }
  }

  let boxesStarted = 0
  const sandbox = limit(choice.sandbox, isolation, () => (boxesStarted += 1))
  const launcher = new Launcher({ sandbox, dataDir, log: silentLogger, slots: 2 })
  await launcher.start(true)
  return {
    toolchain,
    get boxesStarted() {
      return boxesStarted
    },
    get stepsRun() {
      return launcher.stepsRun
    },
    async resolve(source, script = { path: undefined }, env = {}) {
      const registries: Registries = { env: { ...hostRegistries.env, ...env } }
      const step = runtime.dependencies?.resolve({ ...script, content: source }, toolchain, registries)
      if (!step) return { ok: true, lock: undefined }
      const answer = await launcher.resolve(step, { runtime, toolchain, limits: LIMITS, onLog: () => undefined })
      if (answer.ok) return answer
      return { ok: false, message: answer.outcome.kind === 'error' ? answer.outcome.error.message : '' }
    },
    run(source: string, { args = {}, env = {}, script = { path: undefined }, registryEnv = {} }: SampleInput = {}) {
      const registries: Registries = { env: { ...hostRegistries.env, ...registryEnv } }
      const prepared = runtime.prepare({ ...script, content: source }, toolchain)
      const lock = script.lock
      const install = lock === undefined ? undefined : runtime.dependencies?.install(lock, toolchain, registries)
      const listener = new LogListener()
      const onLog = (text: string) => listener.hear(text)
      let stream = ''
      const request = {
        runtime,
        prepared,
        toolchain,
        install,
        input: { args, env },
        limits: LIMITS,
        network: 'none',
        onLog,
        onStream: (text: string) => (stream += text),
      } as const
      const run = launcher.run(request)
      const ended = run.ended.then(({ outcome }): SampleEnd => {
        listener.end()
        if (outcome.kind === 'error') return { ...outcome, log: listener.text }
        return { kind: 'result', value: JSON.parse(outcome.json), log: listener.text, stream }
      })
      return { ended, logged: (text) => listener.find(text), kill: (signal) => run.kill(signal) }
    },
    async close() {
      await launcher.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Certificates that this host trusts, as a server would pass them on. */
const hostRegistries: Registries = {
  env: Object.fromEntries(
    ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  ),
}

function refuse(): never {
  throw new Error('there is no sandbox or no toolchain to run this')
}

function limit(sandbox: Sandbox, isolation: Partial<Isolation>, onStart: () => void): Sandbox {
  return {
    id: sandbox.id,
    isolation: { ...sandbox.isolation, ...isolation },
    start(spec) {
      onStart()
      return sandbox.start(spec)
    },
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
