import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { findRuntime, loadGrammars, type Step } from '@millrace/runtimes'
import { chooseSandbox } from '@millrace/sandbox'
import { Launcher } from '../launcher.ts'
import type { StepRequest } from '../launch-context.ts'

const MB = 1024 * 1024
export const LIMITS = { memoryBytesMax: 512 * MB, processesMax: 256, fileBytesMax: 512 * MB, openFilesMax: 1024 }

/** A launcher on a data folder that others may share, and what it takes to run steps of the shell. */
export async function openStepHost(dataDir: string, own: string, cacheBytesMax = 2 ** 30) {
  await loadGrammars()
  const folder = join(dataDir, `sandbox-${own}`)
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await chmod(folder, 0o755)
  const choice = await chooseSandbox('auto', { folder })
  const runtime = findRuntime('bash')
  const toolchain = await runtime?.findToolchain({ toolchainFolder: dataDir, isReachable: () => Promise.resolve(true) })
  if (!choice.found || runtime?.kind !== 'process' || !toolchain?.found)
    throw new Error('there is no sandbox or no shell')
  const launcher = new Launcher({ sandbox: choice.sandbox, dataDir, log: silentLogger, slots: 1, cacheBytesMax })
  await launcher.start(false)
  const request = (onLog: (text: string) => void = () => undefined, signal?: AbortSignal): StepRequest => ({
    runtime,
    toolchain,
    limits: LIMITS,
    signal,
    onLog,
  })
  return { launcher, runtime, toolchain, request }
}

/** A step of the shell whose output is the file `out`. */
export function shellStep(key: string, text: string): Step {
  const argv = ['/bin/sh', '-ec', text] as const
  return {
    key,
    files: {},
    argv: [...argv],
    env: { PATH: '/usr/bin:/bin' },
    cache: true,
    network: 'none',
    output: 'out',
  }
}
