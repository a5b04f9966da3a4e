import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '@millrace/base/logger'
import {
  driverProgram,
  helperProgram,
  queryFolders,
  type FoundToolchain,
  type QueryRequest,
  type QueryRuntime,
} from '@millrace/runtimes'
import type { Sandbox } from '@millrace/sandbox'
import type { Limits } from '@millrace/sandbox/spec'
import { Conversation } from '../launch/conversation.ts'
import type { BoxPlan, LaunchContext, Run, RunEnd } from '../launch/launch-context.ts'
import { failed } from '../launch/outcome.ts'
import { PrewarmPool } from '../launch/prewarm-pool.ts'
import { publishFolders } from '../launch/runtime-files.ts'
import type { WarmPool } from '../launch/warm-memory.ts'
import { QueryHelper } from './query-helper.ts'
import { withoutTypes } from './without-types.ts'

const IDLE_MS = 300_000

/** Where helpers keep their folders, and in which box they run. */
export interface QueryLauncherOptions {
  readonly sandbox: Sandbox
  readonly dataDir: string
  readonly log: Logger
  /** Helpers of one job that wait for it, for one language at the most. */
  readonly slots: number
}

/** A job of a query language. */
export interface QueryRun {
  readonly runtime: QueryRuntime
  readonly toolchain: FoundToolchain
  readonly workspaceId: string
  readonly request: QueryRequest
  readonly limits: Limits
  onLog(text: string): void
}

interface Kept {
  readonly helper: Promise<QueryHelper>
  usedAtMs: number
}

/**
 * Runs statements: one helper for each language and workspace, started at first use, ended when idle; or one for each job, started ahead
 * as boxes of interpreters are.
 */
export class QueryLauncher {
  readonly #options: QueryLauncherOptions
  readonly #helpers = new Map<string, Kept>()
  readonly #files = new Map<string, Promise<string>>()
  readonly #context: LaunchContext
  readonly #ahead: PrewarmPool
  /** Of helpers that had their job. */
  readonly #leaving = new Set<Promise<void>>()
  readonly #sweep: NodeJS.Timeout

  constructor(options: QueryLauncherOptions) {
    const { sandbox, dataDir, log, slots } = options
    this.#options = options
    this.#context = { sandbox, jobsFolder: join(dataDir, 'jobs', randomUUID()) }
    this.#ahead = new PrewarmPool(this.#context, log, { sizeMax: slots, idleMs: IDLE_MS })
    this.#sweep = setInterval(() => void this.#endIdle(), 60_000).unref()
  }

  /** Helpers that wait for their one job. */
  get pool(): WarmPool {
    return this.#ahead
  }

  /** Whatever goes wrong is in its end. */
  run(query: QueryRun): Run {
    let started: Run | undefined
    let asked: 'SIGTERM' | 'SIGKILL' | undefined
    const runWith = async (helper: QueryHelper): Promise<RunEnd> => {
      started = helper.run(query.request, query.onLog)
      if (asked) started.kill(asked)
      return await started.ended
    }
    const isAlone = query.runtime.helper === 'per-job'
    const ended = isAlone ? this.#runAlone(query, runWith) : this.#helper(query).then(runWith)
    return {
      ended: ended.catch((error: unknown) => this.#fault(error)),
      kill(signal) {
        asked = signal
        started?.kill(signal)
      },
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all(this.#leaving)
    await Promise.all([this.#ahead.stop(), ...[...this.#helpers.keys()].map((key) => this.#end(key))])
    await this.#context.sandbox.removeFolder(this.#context.jobsFolder)
  }

  /** By a helper that nobody else has had, nor will have. */
  async #runAlone(query: QueryRun, run: (helper: QueryHelper) => Promise<RunEnd>): Promise<RunEnd> {
    const plan = await this.#plan(query)
    await mkdir(this.#context.jobsFolder, { recursive: true, mode: 0o755 })
    const { conversation, folder } = await this.#ahead.take(plan)
    const helper = new QueryHelper(conversation)
    try {
      return await run(helper)
    } finally {
      const leaving = this.#leave(helper, folder)
        .finally(() => this.#ahead.release(plan))
        .finally(() => this.#leaving.delete(leaving))
      this.#leaving.add(leaving)
    }
  }

  /** It is killed at once, and its end is not waited for by who has its answer. */
  async #leave(helper: QueryHelper, folder: string): Promise<void> {
    try {
      await helper.stop()
      await this.#context.sandbox.removeFolder(folder)
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a helper cannot be cleared away')
    }
  }

  async #helper(query: QueryRun): Promise<QueryHelper> {
    const key = `${query.runtime.id}/${query.workspaceId}`
    const known = this.#helpers.get(key)
    const alive = await known?.helper.catch(() => undefined)
    if (known && alive && !alive.isDead) {
      known.usedAtMs = performance.now()
      return alive
    }
    // Another job may have begun one meanwhile.
    const newer = this.#helpers.get(key)
    if (newer && newer !== known) return await newer.helper
    const helper = this.#start(query)
    this.#helpers.set(key, { helper, usedAtMs: performance.now() })
    return await helper
  }

  async #start(query: QueryRun): Promise<QueryHelper> {
    const { launch, mounts, limits, network } = await this.#plan(query)
    const { argv, env } = launch
    const box = await this.#context.sandbox.start({ argv, env, cwd: '/runtime', mounts, limits, network })
    return new QueryHelper(new Conversation(box))
  }

  async #plan({ runtime, toolchain, limits }: QueryRun): Promise<BoxPlan> {
    const files = await this.#publish(runtime)
    const { node = 'node', drivers = '/drivers' } = toolchain.paths
    return {
      launch: {
        strategy: 'prewarm',
        argv: [node, `/runtime/${helperProgram}`, `/runtime/${driverProgram}`, drivers],
        env: { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
      },
      mounts: [...toolchain.mounts, { host: files, inside: '/runtime', writable: false }],
      network: 'host',
      limits,
    }
  }

  #publish(runtime: QueryRuntime): Promise<string> {
    const known = this.#files.get(runtime.id)
    if (known) return known
    const folder = join(this.#options.dataDir, 'runtime-files')
    const published = publishFolders(runtime.id, queryFolders(runtime), folder, withoutTypes)
    this.#files.set(runtime.id, published)
    published.catch(() => this.#files.delete(runtime.id))
    return published
  }

  async #endIdle(): Promise<void> {
    for (const [key, kept] of this.#helpers) {
      if (performance.now() - kept.usedAtMs < IDLE_MS) continue
      const helper = await kept.helper.catch(() => undefined)
      if (!helper || helper.jobCount === 0) await this.#end(key)
    }
  }

  async #end(key: string): Promise<void> {
    const kept = this.#helpers.get(key)
    this.#helpers.delete(key)
    const helper = await kept?.helper.catch(() => undefined)
    await helper?.stop()
  }

  #fault(error: unknown): RunEnd {
    this.#options.log.error({ err: error }, 'a query could not be run')
    const message = error instanceof Error ? error.message : String(error)
    return { outcome: failed('SandboxFault', `the job could not be started: ${message}`), exit: undefined }
  }
}
