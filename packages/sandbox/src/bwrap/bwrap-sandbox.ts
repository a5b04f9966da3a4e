import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { sleep } from '@millrace/base/time'
import { Box, holdPipes, type BoxStreams, type Outer } from '../box.ts'
import { openCgroups } from '../cgroup/cgroups.ts'
import { type Cgroup, type Cgroups } from '../cgroup/cgroup.ts'
import { findExecutable } from '../find-executable.ts'
import { JobFolders } from '../job-folders.ts'
import { launchCommand } from '../launcher.ts'
import { guardMetadata } from '../metadata-guard.ts'
import { checkMounts } from '../check-mounts.ts'
import { findChildren, sendSignal } from '../process-tree.ts'
import { SandboxFault, type Sandbox, type SandboxOptions, type SandboxProcess } from '../sandbox.ts'
import type { Isolation, RunSpec } from '../spec.ts'
import { prepareSystemFolders, type SystemEntry } from '../system-folders.ts'
import { Spawner, type Spawned } from '../spawner.ts'
import { BwrapStatus } from './bwrap-status.ts'
import { bwrapArguments, DESCRIPTORS } from './bwrap-arguments.ts'
import { replaceFile } from '../replace-file.ts'
import { compileSeccompFilter, filterArchitecture } from './seccomp-filter.ts'

/** Boxes by bubblewrap. Rejects with a `SandboxFault` when the host has none. */
export async function openBwrapSandbox(options: SandboxOptions): Promise<Sandbox> {
  const program = await findExecutable('bwrap')
  if (program === undefined) throw new SandboxFault('bubblewrap (bwrap) is not installed')
  const folder = join(options.folder, 'bwrap')
  await mkdir(folder, { recursive: true, mode: 0o755 })

  const system = await prepareSystemFolders(folder)
  const architecture = filterArchitecture()
  if (architecture === undefined)
    throw new SandboxFault(`no system call filter is known for the architecture ${process.arch}`)
  const filters = { strict: join(folder, 'strict.bpf'), nested: join(folder, 'nested.bpf') }
  await replaceFile(filters.strict, compileSeccompFilter(architecture, false))
  await replaceFile(filters.nested, compileSeccompFilter(architecture, true))
  // A nested command finds the strict filter here and loads it before it runs user code.
  await replaceFile(join(folder, 'etc', 'millrace-seccomp.bpf'), compileSeccompFilter(architecture, false))
  const useCgroups = options.cgroups ?? true
  const cgroups = useCgroups ? openCgroups() : undefined
  return new BwrapSandbox({ program, system, filters, cgroups, guardsMetadata: await guardMetadata() })
}

/** The job's channel. */
const CONTROL = 3

interface BwrapSetup {
  readonly program: string
  readonly system: readonly SystemEntry[]
  readonly filters: { readonly strict: string; readonly nested: string }
  readonly cgroups: Cgroups | undefined
  readonly guardsMetadata: boolean
}

class BwrapSandbox implements Sandbox {
  readonly id = 'bwrap'
  readonly isolation: Isolation
  readonly #setup: BwrapSetup
  readonly #folders = new JobFolders()
  readonly #spawner = new Spawner()

  constructor(setup: BwrapSetup) {
    this.#setup = setup
    this.isolation = {
      files: true,
      processes: true,
      network: true,
      user: true,
      memory: true,
      cpu: setup.cgroups?.boundsCpu ?? false,
      nested: true,
      calls: true,
      metadata: setup.guardsMetadata,
    }
  }

  makeFolder(host: string): Promise<void> {
    return this.#folders.make(host)
  }

  removeFolder(host: string): Promise<void> {
    return this.#folders.remove(host)
  }

  async start(spec: RunSpec): Promise<SandboxProcess> {
    await checkMounts(spec.mounts)
    const lease = await this.#folders.lease(spec.mounts)
    let group: Cgroup | undefined
    try {
      group = this.#setup.cgroups?.create(spec.limits, lease.uid)
      const spawned = await this.#spawn(spec, group, lease.uid)
      return await this.#settle(spawned, spec, group, lease.release)
    } catch (error) {
      await group?.remove()
      lease.release()
      throw error instanceof SandboxFault ? error : new SandboxFault('the box could not be started', { cause: error })
    }
  }

  #spawn(spec: RunSpec, group: Cgroup | undefined, uid: number | undefined): Promise<Spawned> {
    const { program, filters } = this.#setup
    const own = [program, '--args', String(DESCRIPTORS.arguments), '--', ...spec.argv]
    const [file, ...argv] = launchCommand(own, spec.limits, group, 'spawner')
    const filter = spec.nested ? filters.nested : filters.strict
    const told = `${bwrapArguments(spec, this.#setup.system).join('\0')}\0`
    return this.#spawner.spawn({
      file,
      argv,
      uid,
      pipes: [1, 2, CONTROL, DESCRIPTORS.status],
      files: { [DESCRIPTORS.seccomp]: filter },
      texts: { [DESCRIPTORS.arguments]: told },
      admitFile: group?.admitFile,
    })
  }

  async #settle(
    spawned: Spawned,
    spec: RunSpec,
    group: Cgroup | undefined,
    release: () => void,
  ): Promise<SandboxProcess> {
    const status = new BwrapStatus(spawned.pipe(DESCRIPTORS.status))
    const streams = holdPipes(spawned.pipe(1), spawned.pipe(2), spawned.pipe(CONTROL))

    const init = await status.init
    if (init === undefined) throw await faultOf(streams, spawned.ended)
    const box = new Box({
      outer: outerOf(spawned),
      streams,
      group,
      spec,
      init,
      commandEnded: status.exit,
      exitCode: () => status.exitCode,
      release,
    })
    if (await isSetUp(init, status)) return box
    throw await faultOf(streams, spawned.ended)
  }
}

function outerOf({ pid, ended }: Spawned): Outer {
  let isGone = false
  void ended.then(() => (isGone = true))
  return {
    pid,
    ended,
    kill() {
      if (!isGone) sendSignal(pid, 'SIGKILL')
    },
  }
}

/** The first process forks the command once everything is in place; a box that failed ends without reporting a code. */
async function isSetUp(init: number, status: BwrapStatus): Promise<boolean> {
  for (;;) {
    if (findChildren(init).length > 0 || status.exitCode !== undefined) return true
    if (status.ended) return false
    await Promise.race([sleep(1), status.end])
  }
}

async function faultOf(streams: BoxStreams, ended: Promise<unknown>): Promise<SandboxFault> {
  streams.stdout.resume()
  const [said] = await Promise.all([text(streams.stderr), ended])
  return new SandboxFault(`the box could not be made: ${said.trim() || 'bubblewrap ended without a word'}`)
}
