import { randomUUID } from 'node:crypto'
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
import type { Run, RunEnd } from '../launch/launch-context.ts'
import { failed } from '../launch/outcome.ts'
import { publishFolders } from '../launch/runtime-files.ts'
import { QueryHelper } from './query-helper.ts'

const IDLE_MS = 300_000

/** Where helpers keep their folders, and in which box they run. */
export interface QueryLauncherOptions {
  readonly sandbox: Sandbox
  readonly dataDir: string
  readonly log: Logger
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

/** Runs statements: one helper for each language and workspace (or each job), started at first use, ended when idle. */
export class QueryLauncher {
  readonly #options: QueryLauncherOptions
  readonly #helpers = new Map<string, Kept>()
  readonly #sweep: NodeJS.Timeout

  constructor(options: QueryLauncherOptions) {
    this.#options = options
    this.#sweep = setInterval(() => void this.#endIdle(), 60_000).unref()
  }

  /** Whatever goes wrong is in its end. */
  run(query: QueryRun): Run {
    let started: Run | undefined
    let asked: 'SIGTERM' | 'SIGKILL' | undefined
    const begin = async (): Promise<RunEnd> => {
      const key = query.runtime.helper === 'per-job' ? randomUUID() : `${query.runtime.id}/${query.workspaceId}`
      const helper = await this.#helper(key, query)
      started = helper.run(query.request, query.onLog)
      if (asked) started.kill(asked)
      const end = await started.ended
      if (query.runtime.helper === 'per-job') await this.#end(key)
      return end
    }
    return {
      ended: begin().catch((error: unknown) => this.#fault(error)),
      kill(signal) {
        asked = signal
        started?.kill(signal)
      },
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweep)
    await Promise.all([...this.#helpers.keys()].map((key) => this.#end(key)))
  }

  async #helper(key: string, query: QueryRun): Promise<QueryHelper> {
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

  async #start({ runtime, toolchain, limits }: QueryRun): Promise<QueryHelper> {
    const { sandbox, dataDir } = this.#options
    const files = await publishFolders(runtime.id, queryFolders(runtime), join(dataDir, 'runtime-files'))
    const { node = 'node', drivers = '/drivers' } = toolchain.paths
    const box = await sandbox.start({
      argv: [node, `/runtime/${helperProgram}`, `/runtime/${driverProgram}`, drivers],
      env: { PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8' },
      cwd: '/runtime',
      mounts: [...toolchain.mounts, { host: files, inside: '/runtime', writable: false }],
      network: 'host',
      limits,
    })
    return new QueryHelper(box)
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
