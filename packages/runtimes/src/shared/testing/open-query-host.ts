import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { chooseSandbox, isReachable, type Sandbox, type SandboxProcess } from '@millrace/sandbox'
import { QueryLauncher } from '@millrace/worker/query'
import type { QueryHost, QuerySampleEnd } from '../../test-query-runtime.ts'
import type { QueryRuntime, Toolchain } from '../../runtime.ts'

const MB = 1024 * 1024
const LIMITS = { memoryBytesMax: 1024 * MB, processesMax: 256, fileBytesMax: 512 * MB, openFilesMax: 1_024 }

/** A host with this machine's sandbox and the helpers of the worker. */
export async function openQueryHost(runtime: QueryRuntime): Promise<QueryHost> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-query-'))
  await chmod(dataDir, 0o755)
  const choice = await chooseSandbox('auto', { folder: join(dataDir, 'sandbox') })
  const toolchainFolder = join(dataDir, 'toolchains', runtime.id)
  await mkdir(toolchainFolder, { recursive: true })
  const toolchain = await runtime.findToolchain({ toolchainFolder, isReachable })
  const removeFolder = () => rm(dataDir, { recursive: true, force: true })
  if (!choice.found || !toolchain.found) {
    const missing: Toolchain = choice.found ? toolchain : { ...choice, found: false }
    return { toolchain: missing, run: refuse, helpersStarted: 0, crash: () => Promise.resolve(), close: removeFolder }
  }

  const boxes: SandboxProcess[] = []
  const sandbox = watch(choice.sandbox, (box) => boxes.push(box))
  const launcher = new QueryLauncher({ sandbox, dataDir, log: silentLogger, slots: 1 })
  return {
    toolchain,
    get helpersStarted() {
      return boxes.length
    },
    run(source, args = {}) {
      const bound = runtime.prepare({ content: source, path: undefined }).bind(args)
      if (!bound.ok) throw new Error(bound.error.message)
      let log = ''
      const onLog = (text: string) => (log += text)
      const request = { runtime, toolchain, workspaceId: 'w', request: bound.value, limits: LIMITS, onLog } as const
      const run = launcher.run(request)
      const ended = run.ended.then(({ outcome }): QuerySampleEnd => {
        if (outcome.kind === 'error') return { ...outcome, log }
        return { kind: 'result', value: JSON.parse(outcome.json), json: outcome.json, log }
      })
      return { ended, kill: (signal) => run.kill(signal) }
    },
    async crash() {
      for (const box of boxes) box.kill('SIGKILL')
      await Promise.all(boxes.map((box) => box.exited))
    },
    async close() {
      await launcher.stop()
      await removeFolder()
    },
  }
}

function refuse(): never {
  throw new Error('there is no sandbox or no driver to run this')
}

function watch(sandbox: Sandbox, onStart: (box: SandboxProcess) => void): Sandbox {
  return {
    id: sandbox.id,
    isolation: sandbox.isolation,
    async start(spec) {
      const box = await sandbox.start(spec)
      onStart(box)
      return box
    },
    makeFolder: (host) => sandbox.makeFolder(host),
    removeFolder: (host) => sandbox.removeFolder(host),
  }
}
