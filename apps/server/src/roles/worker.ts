import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { availableParallelism, totalmem } from 'node:os'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import type { MetricSource } from '@millrace/base/metrics'
import type { Database } from '@millrace/db'
import { deployedFlows, Expressions, FlowShell, readProgram, Workflows, type FlowShellOptions } from '@millrace/flow'
import { loadJobTokenKey, markCancel, Queue, type NearWorkers, type Notifier } from '@millrace/queue'
import { allRuntimes, type Runtime, type Toolchain } from '@millrace/runtimes'
import { isReachable, type Sandbox } from '@millrace/sandbox'
import type { Limits } from '@millrace/sandbox/spec'
import type { Vault } from '@millrace/vault'
import {
  flowReferences,
  Group,
  kindTags,
  Launcher,
  type LauncherOptions,
  makeExecutors,
  QueryLauncher,
  RegistryEnvironment,
  SharedFolders,
  VolumeRecords,
  Worker,
  type ScriptTools,
} from '@millrace/worker'
import { lookUpVariable, packageEnvironment, readChaos, type Config } from '../config.ts'
import { VERSION } from '../version.ts'
import { withChaos } from './chaos.ts'
import { warmUp } from './warm-up.ts'

const MB = 1_048_576

/** What a worker of this process is made of. */
export interface WorkerParts {
  readonly config: Config
  readonly log: Logger
  readonly db: Database
  readonly notifier: Notifier
  /** Where those who enqueue in this process find the worker. */
  readonly near: NearWorkers
  readonly vault: Vault
  readonly sandbox: Sandbox
  /** Whether this process alone uses the data folder. */
  readonly ownsFolder: boolean
  /** As jobs of this worker reach the API. */
  readonly internalUrl: () => string
  /** Called when the worker has run as many jobs as it may; without it, it joins afresh. */
  readonly onSpent: (() => void) | undefined
}

/** A worker as its process starts, stops and watches it. */
export interface WorkerRole {
  readonly services: readonly Service[]
  readonly metrics: MetricSource
}

/** Builds the worker with its launcher; interpreters of what is deployed are warmed when it starts. */
export async function makeWorkerServices(parts: WorkerParts): Promise<WorkerRole> {
  const { config, log, db, vault, notifier, near, sandbox } = parts
  const group = await openGroup(parts)
  const sharedFolders = await SharedFolders.open({ db, log, sandbox, dataDir: config.server.dataDir })
  const { place } = sharedFolders
  const volumeRecords = new VolumeRecords({ db, log, place })
  const { slots } = group.terms
  const queries = new QueryLauncher({ sandbox, dataDir: config.server.dataDir, log: log.child('query'), slots })
  const launcher = makeLauncher(parts, { slots, volumeLedger: volumeRecords, alsoWarm: [queries.pool] })
  const registries = new RegistryEnvironment(db.kysely, packageEnvironment())
  const tokenKey = await loadJobTokenKey(db)
  const findToolchain = makeToolchainFinder(config, sandbox)
  const limits = jobLimits(config)
  const queue = new Queue(db, notifier, near)
  const expressions = new Expressions()
  const shell = makeShell(parts, { queue, expressions, place })
  const workflows = new Workflows({ db, queue, flows: deployedFlows(db), log: log.child('workflow') })
  const executors = makeExecutors({
    db,
    vault,
    queue,
    shell,
    workflows,
    launcher,
    queries,
    sharedFolders,
    findToolchain,
    registries: () => registries.read(),
    environment: makeEnvironment(parts, group, tokenKey),
    limits,
    timeoutMs: config.worker.timeoutMs,
    graceMs: config.worker.graceMs,
    markCancel: (id, column) =>
      void markCancel(db, id, column).catch((error: unknown) => log.warn({ err: error }, 'a cancel cannot be marked')),
  })
  const worker = new Worker({
    db,
    notifier,
    near,
    log: log.child('worker'),
    executors: withChaos(executors, readChaos()),
    ownTags: [place],
    group,
    sandbox: describeSandbox(sandbox),
    version: VERSION,
    leaseMs: config.queue.leaseMs,
    pollMs: config.queue.pollMs,
    drainMs: config.worker.drainMs,
    logLengthMax: config.worker.logLengthMax,
    secretsOf: (jobIds) => vault.jobSecrets.valuesOf(jobIds),
    memoryMb: memoryBudgetMb(config),
    onSpent: parts.onSpent,
    onCompleted: (job) => {
      const { step } = job.options
      if (step?.task && job.parentJob !== undefined) workflows.deliver(job.parentJob)
      else shell.ended(job)
    },
    finishStep: shell.finishStep,
  })
  const warm = () => warmUp({ db, launcher, findToolchain, limits, log, tags: group.terms.tags })
  return {
    services: [
      launcherService(launcher, parts.ownsFolder, warm),
      queryService(queries),
      sharedFolders,
      volumeRecords.sweeper(launcher),
      flowService(shell, workflows, expressions),
      worker,
    ],
    metrics: () => worker.metrics(),
  }
}

/** What jobs are told of where they run; addresses and the terms of the group may change. */
function makeEnvironment(
  { config, internalUrl }: WorkerParts,
  group: Group,
  tokenKey: Buffer,
): ScriptTools['environment'] {
  return {
    tokenKey,
    get baseUrl() {
      return config.api.baseUrl ?? internalUrl()
    },
    get internalUrl() {
      return internalUrl()
    },
    workerGroup: group.name,
    get groupEnv() {
      return group.terms.env
    },
  }
}

function makeLauncher(
  { config, log, sandbox }: WorkerParts,
  given: Pick<LauncherOptions, 'slots' | 'volumeLedger' | 'alsoWarm'>,
): Launcher {
  return new Launcher({
    ...given,
    sandbox,
    dataDir: config.server.dataDir,
    log: log.child('launch'),
    cacheBytesMax: config.worker.cacheMb * MB,
    volumeBytesMax: config.worker.volumesMb > 0 ? config.worker.volumesMb * MB : undefined,
    warmIdleMs: config.worker.warmIdleMs,
    warmBytesMax: config.worker.warmMb > 0 ? config.worker.warmMb * MB : undefined,
  })
}

/** The worker group of this process, weighed against its own settings. */
async function openGroup({ config, log, db }: WorkerParts): Promise<Group> {
  const { group: name, tags, slots, exitAfterJobs } = config.worker
  return await Group.open({
    db,
    log: log.child('group'),
    name,
    own: { tags, slots, exitAfterJobs },
    host: {
      tags: [...allRuntimes.map((runtime) => runtime.id), ...kindTags],
      slots: Math.max(4, availableParallelism() * 2),
      nativeTags: allRuntimes.filter((runtime) => runtime.isNative).map((runtime) => runtime.id),
      lookUpVariable,
    },
  })
}

/** What the sandbox gives, for the worker's row; the notice is shown to everybody when jobs are not isolated. */
export function describeSandbox(sandbox: Sandbox): { id: string; isolated: boolean; notice: string | undefined } {
  const isolated = sandbox.isolation.files && sandbox.isolation.processes && sandbox.isolation.user
  const notice =
    'SANDBOX_MODE=none: jobs run with all rights of the server. Use it only for scripts that you trust as yourself.'
  return { id: sandbox.id, isolated, notice: isolated ? undefined : notice }
}

/** Finds toolchains where a job's user can reach them; what was found is remembered, what is missing is looked for again. */
export function makeToolchainFinder(config: Config, sandbox: Sandbox): (runtime: Runtime) => Promise<Toolchain> {
  const found = new Map<string, Promise<Toolchain>>()
  return async (runtime) => {
    const known = found.get(runtime.id)
    if (known) return await known
    const looking = look(runtime, config, sandbox)
    found.set(runtime.id, looking)
    const toolchain = await looking
    if (!toolchain.found) found.delete(runtime.id)
    return toolchain
  }
}

async function look(runtime: Runtime, config: Config, sandbox: Sandbox): Promise<Toolchain> {
  const toolchainFolder = join(config.server.dataDir, 'toolchains', runtime.id)
  await mkdir(toolchainFolder, { recursive: true, mode: 0o755 })
  await chmod(toolchainFolder, 0o755)
  return await runtime.findToolchain({
    toolchainFolder,
    isReachable: (path) => (sandbox.isolation.user ? isReachable(path) : Promise.resolve(true)),
  })
}

/** Less than the machine has, for the server and the interpreters that are kept warm need some. */
function memoryBudgetMb(config: Config): number {
  if (config.worker.memoryBudgetMb > 0) return config.worker.memoryBudgetMb
  // A container's limit; without one it is beyond any machine.
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity)
  return Math.floor((bytes * 0.8) / MB)
}

/** What holds for every job; 0 of a setting is no bound. */
export function jobLimits(config: Config): Limits {
  const { memoryMb, processesMax, fileMb, openFilesMax, cpus, diskMb } = config.worker
  return {
    memoryBytesMax: memoryMb * MB,
    processesMax,
    fileBytesMax: fileMb * MB,
    openFilesMax,
    ...(cpus > 0 && { cpusMax: cpus }),
    ...(diskMb > 0 && { diskBytesMax: diskMb * MB }),
  }
}

function launcherService(launcher: Launcher, ownsFolder: boolean, warm: () => Promise<void>): Service {
  let warming: Promise<void> = Promise.resolve()
  return {
    name: 'launcher',
    async start() {
      await launcher.start(ownsFolder)
      warming = warm()
    },
    async stop() {
      await warming
      await launcher.stop()
    },
  }
}

/** What takes flows from step to step in this process. */
function makeShell({ db, vault, log }: WorkerParts, tools: Pick<FlowShellOptions, 'queue' | 'expressions' | 'place'>) {
  const flows = deployedFlows(db)
  const references = flowReferences({ db, vault })
  return new FlowShell({ db, log: log.child('flow'), readProgram, references, flows, ...tools })
}

/** It is stopped after the worker: what the last jobs made happen is taken in. */
function flowService(shell: FlowShell, workflows: Workflows, expressions: Expressions): Service {
  return {
    name: 'flows',
    start: () => Promise.resolve(),
    async stop() {
      await shell.settled()
      await workflows.settled()
      await expressions.stop()
    },
  }
}

/** Helpers start with their first job. */
function queryService(queries: QueryLauncher): Service {
  return { name: 'queries', start: () => Promise.resolve(), stop: () => queries.stop() }
}
