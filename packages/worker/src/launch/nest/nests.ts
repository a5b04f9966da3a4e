import { existsSync, linkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from '@millrace/base/logger'
import { sleep } from '@millrace/base/time'
import type { JobInput, Launch } from '@millrace/runtimes'
import type { Mount } from '@millrace/sandbox/spec'
import { clearJobFolder, writeJobFiles } from '../job-files.ts'
import type { LaunchContext, LaunchPlan, RunEnd, RunRequest } from '../launch-context.ts'
import { publishFolders } from '../runtime-files.ts'
import { ZygotePool } from '../zygote-pool.ts'
import { Nest } from './nest.ts'

/** Where every job gets a folder of its own, over what its nest has there. */
const COVERED = /^\/(tmp|dev\/shm)\//
const PERL = '/usr/bin/perl'
/** What a build made, in the job's folder. */
const PROGRAM = 'program'
/** What tells of an end goes first. */
const CLEAR_AFTER_MS = 1
const FILES = new URL('./files/', import.meta.url)

/** Where nests report, how long one waits for a job, and where their files are published. */
export interface NestsOptions {
  readonly log: Logger
  readonly idleMs: number
  readonly filesFolder: string
}

/** A job for a nest; `program` is what its build made. */
export interface NestedJob {
  readonly plan: LaunchPlan
  readonly request: RunRequest
  readonly program: string | undefined
  onNest(nest: Nest): void
  /** Removes a folder that nobody needs any more; never rejects. */
  onOver(folder: string): Promise<void>
}

/** The folder of a job that is over, and what was put into it. */
interface JobFolder {
  readonly folder: string
  readonly names: readonly string[]
}

/** The nests of this host, if it can have any: its sandbox must let a command nest, and Perl must be there. */
export class Nests {
  readonly pool: ZygotePool<Nest>
  readonly #context: LaunchContext
  readonly #options: NestsOptions
  readonly #leaving = new Set<Promise<void>>()
  #mount: Promise<Mount | undefined> | undefined

  constructor(context: LaunchContext, options: NestsOptions) {
    const { log, idleMs } = options
    this.#context = context
    this.#options = options
    this.pool = new ZygotePool(log, {
      sizeMax: Infinity,
      idleMs,
      takesTurns: true,
      start: (plan) => Nest.start(context, plan),
    })
  }

  get arePossible(): boolean {
    const { nested, calls } = this.#context.sandbox.isolation
    return nested && calls && existsSync(PERL)
  }

  /** The plan of the nests that serve another plan; undefined where there can be none. */
  async planOf(plan: LaunchPlan): Promise<LaunchPlan | undefined> {
    this.#mount ??= this.#prepare()
    const mount = await this.#mount
    if (!mount || plan.mounts.some(({ inside }) => COVERED.test(inside))) return undefined
    const { launch, mounts, limits } = plan
    const isLate = launch.strategy === 'spawn'
    const when = isLate ? 'late' : 'ahead'
    const nest = [`${mount.inside}/nest.pl`, process.arch, String(limits.memoryBytesMax), when]
    const nested: Launch = {
      strategy: 'zygote',
      argv: [PERL, ...nest, ...launch.argv],
      env: launch.env,
      encodeInput: isLate ? (input) => encodeLate(launch, input) : launch.encodeInput,
    }
    return { ...plan, launch: nested, mounts: [...mounts, mount] }
  }

  /** Runs a job whose plan is one of nests. */
  async run(job: NestedJob): Promise<RunEnd> {
    const { plan, request, program, onNest } = job
    const nest = await this.pool.take(plan)
    const folder = join(nest.folder, nest.turn)
    const { files } = request.prepared
    try {
      onNest(nest)
      writeJobFiles(folder, files)
      if (program !== undefined) linkSync(program, join(folder, PROGRAM))
      return await nest.run(plan.launch, request)
    } finally {
      const names = Object.keys(files)
      this.#leave(job, nest, { folder, names: program === undefined ? names : [...names, PROGRAM] })
    }
  }

  /** After what is running has come to its end. */
  async stop(): Promise<void> {
    await Promise.all(this.#leaving)
    await this.pool.stop()
  }

  /** Clears a job's folder once its end is told; what is left in it counts against the bounds of the nest's next job. */
  #leave({ plan, onOver }: NestedJob, nest: Nest, { folder, names }: JobFolder): void {
    const leave = async () => {
      await sleep(CLEAR_AFTER_MS)
      if (!clearJobFolder(folder, names)) await onOver(folder)
      this.pool.release(plan, nest)
    }
    const leaving = leave().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
  }

  async #prepare(): Promise<Mount | undefined> {
    const { filesFolder } = this.#options
    if (!this.arePossible) return undefined
    await mkdir(filesFolder, { recursive: true })
    const host = await publishFolders('nest', { '': FILES }, filesFolder)
    return { host, inside: '/nest', writable: false }
  }
}

/** The environment for a command that has yet to start, then what it reads itself. */
function encodeLate(launch: Launch, input: JobInput): Uint8Array {
  const entries = Object.entries(input.env).map(([name, value]) => `${`${name}=${value}`.replaceAll('\0', '')}\0`)
  const env = Buffer.from(entries.join(''))
  const size = Buffer.alloc(4)
  size.writeUInt32BE(env.length)
  return Buffer.concat([size, env, launch.encodeInput(input)])
}
