import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { Launch, ProcessRuntime, Step } from '@millrace/runtimes'
import type { SandboxProcess } from '@millrace/sandbox'
import type { Mount } from '@millrace/sandbox/spec'
import { writeJobFiles } from './job-files.ts'
import {
  takesProgram,
  type LaunchContext,
  type LaunchPlan,
  type Run,
  type RunEnd,
  type RunRequest,
  type StepRequest,
} from './launch-context.ts'
import type { Nest } from './nest/nest.ts'
import { Nests } from './nest/nests.ts'
import type { LauncherOptions } from './launcher-options.ts'
import { failed } from './outcome.ts'
import { PrewarmPool } from './prewarm-pool.ts'
import { publishRuntimeFiles } from './runtime-files.ts'
import { followBox, runSpawned } from './spawn.ts'
import { DedicatedPool } from './dedicated/dedicated-pool.ts'
import { usualWindow } from './dedicated/window-size.ts'
import { KeptOutputs } from './kept-outputs.ts'
import { StepRunner, type LockAnswer } from './step-runner.ts'
import { runWithVolumes, Volumes } from './volumes.ts'
import { boundOf, WarmMemory, type WarmPool } from './warm-memory.ts'

const CACHE_BYTES_MAX = 10 * 2 ** 30
const WARM_IDLE_MS = 600_000

type Signal = 'SIGTERM' | 'SIGKILL'

/** A run as the strategies see it: they say whom a kill reaches, as soon as there is somebody. */
interface Reach {
  to(target: { kill(signal: Signal): void }): void
}

/** One run on its way to a box; `program` is what its build made. */
interface Start {
  readonly request: RunRequest
  readonly reach: Reach
  readonly program: string | undefined
}

/** Runs scripts: chooses a strategy, keeps interpreters warm, builds what must be built. */
export class Launcher {
  readonly #context: LaunchContext
  readonly #options: LauncherOptions
  readonly #prewarmed: PrewarmPool
  readonly #dedicated: DedicatedPool
  /** Boxes within boxes: of interpreters that fork, and of commands that start there. */
  readonly #nests: Nests
  readonly #pools: readonly WarmPool[]
  readonly #warm: WarmMemory
  readonly #outputs: KeptOutputs
  readonly #steps: StepRunner
  /** Folders that stay between runs. */
  readonly volumes: Volumes
  readonly #files = new Map<string, Promise<string>>()

  constructor(options: LauncherOptions) {
    this.#options = options
    this.#context = { sandbox: options.sandbox, jobsFolder: join(options.dataDir, 'jobs', randomUUID()) }
    const { cacheBytesMax: bytesMax = CACHE_BYTES_MAX, warmIdleMs: idleMs = WARM_IDLE_MS, log, slots } = options
    this.#prewarmed = new PrewarmPool(this.#context, log, { sizeMax: slots, idleMs })
    const { window = usualWindow } = options
    const sizeMax = Math.min(availableParallelism(), slots)
    this.#dedicated = new DedicatedPool(this.#context, log, { sizeMax, idleMs, window })
    this.#nests = new Nests(this.#context, { log, idleMs, filesFolder: join(options.dataDir, 'runtime-files') })
    this.#pools = [this.#prewarmed, this.#dedicated, this.#nests.pool, ...(options.alsoWarm ?? [])]
    this.#warm = new WarmMemory(this.#pools, boundOf(options.warmBytesMax), log)
    const folder = join(options.dataDir, 'builds')
    this.#outputs = new KeptOutputs({ folder, bytesMax, log })
    this.#steps = new StepRunner(this.#context, folder, this.#outputs)
    const { sandbox, dataDir, volumeBytesMax = Number.MAX_SAFE_INTEGER, volumeLedger: ledger } = options
    this.volumes = new Volumes({ sandbox, folder: join(dataDir, 'volumes'), bytesMax: volumeBytesMax, ledger })
  }

  /** Makes the folders and clears what a killed predecessor left; `isOnly` says that no other process uses the data folder. */
  async start(isOnly: boolean): Promise<void> {
    const jobs = join(this.#options.dataDir, 'jobs')
    await mkdir(jobs, { recursive: true, mode: 0o755 })
    if (isOnly) for (const name of await readdir(jobs)) await this.#options.sandbox.removeFolder(join(jobs, name))
    await mkdir(this.#context.jobsFolder, { recursive: true, mode: 0o755 })
    for (const name of ['builds', 'volumes']) {
      await mkdir(join(this.#options.dataDir, name), { recursive: true, mode: 0o755 })
    }
    void this.#outputs.evict()
  }

  /** How many steps were run, and not found done, since the launcher was made. */
  get stepsRun(): number {
    return this.#steps.stepsRun
  }

  /** Processes that wait for jobs. */
  get warmCount(): number {
    return this.#pools.reduce((count, pool) => count + pool.waiting().length, 0)
  }

  /** Lets processes go that hold more memory than they may while they wait; it happens by itself from time to time. */
  async fitWarm(): Promise<void> {
    await this.#warm.fit()
  }

  /** How many runs of such a script may be given to it beyond those that run: they wait in its processes (`RunRequest.dedicatedTo`). */
  placesBehind(script: string): number {
    return this.#dedicated.places(script)
  }

  /** Ends all runs as unbegun that wait in processes of scripts. */
  recall(): void {
    this.#dedicated.recall()
  }

  async stop(): Promise<void> {
    await this.#warm.stop()
    await Promise.all([this.#prewarmed.stop(), this.#dedicated.stop(), this.#nests.stop(), this.#outputs.stop()])
    await this.#options.sandbox.removeFolder(this.#context.jobsFolder)
  }

  /** Starts a run; whatever goes wrong is in its end. */
  run(request: RunRequest): Run {
    let target: { kill(signal: Signal): void } | undefined
    let asked: Signal | undefined
    const stop = new AbortController()
    const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal
    const reach: Reach = {
      to(next) {
        target = next
        if (asked) next.kill(asked)
      },
    }
    return {
      ended: this.#run({ ...request, signal }, reach).catch((error: unknown) => this.#fault(error)),
      kill(how) {
        asked = how
        stop.abort()
        target?.kill(how)
      },
    }
  }

  /**
   * Pins the packages of a script: the text of its lock, or what its package manager said. An answer that is kept from before is
   * as good unless it must be `fresh`.
   */
  async resolve(step: Step, request: StepRequest, { fresh = false } = {}): Promise<LockAnswer> {
    return await this.#steps.resolve(step, await this.#mounts(request), request, fresh)
  }

  /** Lets the first box of a runtime start before its first job comes. */
  async warm(request: Omit<RunRequest, 'onLog' | 'input'>): Promise<void> {
    const whole = { ...request, input: { args: {}, env: {} }, onLog: () => undefined }
    const plan = this.#plan(whole, await this.#mounts(whole), undefined)
    if (plan.launch.strategy === 'zygote') this.#nests.pool.warm(plan)
    if (!takesProgram(plan.launch)) return
    const nested = await this.#nests.planOf(plan)
    if (nested) this.#nests.pool.warm(nested)
    else if (plan.launch.strategy === 'prewarm') this.#prewarmed.warm(plan)
  }

  async #run(request: RunRequest, reach: Reach): Promise<RunEnd> {
    const { install, prepared } = request
    const releases: (() => void)[] = []
    const hold = (path: string) => releases.push(this.#outputs.hold(dirname(path)))
    const own = await this.#mounts(request)
    let mounts = own
    try {
      if (install) {
        const installed = await this.#steps.install(install, own, request)
        if (!installed.ok) return { outcome: installed.outcome, exit: undefined }
        hold(installed.path)
        mounts = [...own, { host: installed.path, inside: install.inside, writable: false }]
      }
      const built = prepared.build ? await this.#steps.build(prepared.build, mounts, request) : undefined
      if (built && !built.ok) return { outcome: built.outcome, exit: undefined }
      if (built) hold(built.path)
      const program = built?.path
      const plan = this.#plan(request, prepared.build?.holdsPackages ? own : mounts, program)
      const start = { request, reach, program }
      return isAlone(request) ? await this.#runWithVolumes(plan, start) : await this.#launch(plan, start)
    } finally {
      for (const release of releases) release()
    }
  }

  #plan(request: RunRequest, mounts: readonly Mount[], program: string | undefined): LaunchPlan {
    const { prepared, limits, network } = request
    const launch = this.#chooseLaunch(request)
    const isMounted = program !== undefined && !takesProgram(launch)
    const built: Mount[] = isMounted ? [{ host: dirname(program), inside: '/build', writable: false }] : []
    const files = launch.strategy === 'dedicated' ? prepared.files : undefined
    return { launch, limits, network, mounts: [...mounts, ...built], files }
  }

  #chooseLaunch(request: RunRequest): Launch {
    const { prepared, dedicatedTo } = request
    if (dedicatedTo !== undefined && prepared.dedicated && !isAlone(request)) return prepared.dedicated
    const canNest =
      prepared.launch.strategy === 'spawn' ? this.#nests.arePossible : this.#options.sandbox.isolation.nested
    if (prepared.launch.strategy === 'prewarm' || (canNest && !isAlone(request))) return prepared.launch
    return prepared.launchWithoutNesting ?? prepared.launch
  }

  async #mounts(request: StepRequest): Promise<readonly Mount[]> {
    return [
      ...request.toolchain.mounts,
      { host: await this.#runtimeFiles(request.runtime), inside: '/runtime', writable: false },
    ]
  }

  #launch(plan: LaunchPlan, start: Start): Promise<RunEnd> {
    switch (plan.launch.strategy) {
      case 'spawn':
      case 'prewarm':
        return this.#runAhead(plan, start)
      case 'zygote':
        return this.#runInNest(plan, start)
      case 'dedicated':
        return this.#runDedicated(plan, start)
    }
  }

  async #spawn(plan: LaunchPlan, { request, reach, program }: Start): Promise<RunEnd> {
    const { sandbox, jobsFolder } = this.#context
    const folder = join(jobsFolder, randomUUID())
    await sandbox.makeFolder(folder)
    try {
      writeJobFiles(folder, request.prepared.files)
      if (program !== undefined) await link(program, join(folder, 'program'))
      return await runSpawned(this.#context, { plan, request, folder, onBox: (box) => reach.to(box) })
    } finally {
      void this.#remove(folder)
    }
  }

  async #runWithVolumes(plan: LaunchPlan, { request, reach, program }: Start): Promise<RunEnd> {
    const onBox = (box: SandboxProcess) => reach.to(box)
    const onOver = (folder: string) => void this.#remove(folder)
    return await runWithVolumes(this.#context, this.volumes, { plan, request, program, onBox, onOver })
  }

  /** In a box that was made ahead: within another one where that can be, which costs less. */
  async #runAhead(plan: LaunchPlan, start: Start): Promise<RunEnd> {
    const nested = await this.#nests.planOf(plan)
    if (nested) return await this.#runInNest(nested, start)
    return plan.launch.strategy === 'spawn' ? await this.#spawn(plan, start) : await this.#runPrewarmed(plan, start)
  }

  async #runInNest(plan: LaunchPlan, { request, reach, program }: Start): Promise<RunEnd> {
    const onNest = (nest: Nest) => reach.to(nest)
    const onOver = (folder: string) => this.#remove(folder)
    return await this.#nests.run({ plan, request, program, onNest, onOver })
  }

  async #runPrewarmed(plan: LaunchPlan, { request, reach, program }: Start): Promise<RunEnd> {
    const { conversation, folder } = await this.#prewarmed.take(plan)
    try {
      reach.to(conversation.box)
      writeJobFiles(folder, request.prepared.files)
      if (program !== undefined) await link(program, join(folder, 'program'))
      return await followBox(conversation, plan, request)
    } finally {
      this.#prewarmed.release(plan)
      void this.#remove(folder)
    }
  }

  async #runDedicated(plan: LaunchPlan, { request, reach }: Start): Promise<RunEnd> {
    const run = this.#dedicated.run(plan, request)
    reach.to(run)
    return await run.ended
  }

  #runtimeFiles(runtime: ProcessRuntime): Promise<string> {
    const known = this.#files.get(runtime.id)
    if (known) return known
    const published = publishRuntimeFiles(runtime, join(this.#options.dataDir, 'runtime-files'))
    this.#files.set(runtime.id, published)
    published.catch(() => this.#files.delete(runtime.id))
    return published
  }

  /** After the run's end is told: nobody waits for a folder to go. */
  async #remove(folder: string): Promise<void> {
    try {
      await this.#options.sandbox.removeFolder(folder)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a job folder cannot be removed')
    }
  }

  #fault(error: unknown): RunEnd {
    this.#options.log.error({ err: error }, 'a run could not be made')
    const message = error instanceof Error ? error.message : String(error)
    return { outcome: failed('SandboxFault', `the job could not be started: ${message}`), exit: undefined }
  }
}

/** A box that stays would see its volumes when other jobs have them. */
function isAlone({ volumes = [], sharedFolder }: RunRequest): boolean {
  return volumes.length > 0 || sharedFolder !== undefined
}
