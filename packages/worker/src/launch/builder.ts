import { createHash, randomUUID } from 'node:crypto'
import { copyFile, lstat, mkdir, rename, rm, chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { Build } from '@millrace/runtimes'
import type { Mount } from '@millrace/sandbox/spec'
import { writeJobFiles } from './job-files.ts'
import { failed, type RunOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import type { LaunchContext, RunRequest } from './launch-context.ts'

const BUILD_MS_MAX = 300_000
/** A build that takes longer says so in the log: the first of a compiler takes many seconds. */
const ANNOUNCE_MS = 1000

/** Where a build's output lies, or why there is none. */
export type BuildAnswer =
  { readonly ok: true; readonly folder: string } | { readonly ok: false; readonly outcome: RunOutcome }

/**
 * Compiles scripts, each content once: the output is kept by the build's key over restarts, and two jobs never build the
 * same thing at the same time. An output appears whole (by rename) or not at all.
 */
export class Builder {
  readonly #context: LaunchContext
  readonly #folder: string
  readonly #underWay = new Map<string, Promise<BuildAnswer>>()

  constructor(context: LaunchContext, folder: string) {
    this.#context = context
    this.#folder = folder
  }

  async build(build: Build, mounts: readonly Mount[], request: RunRequest): Promise<BuildAnswer> {
    const target = join(
      this.#folder,
      request.runtime.id,
      createHash('sha256').update(build.key).digest('hex').slice(0, 40),
    )
    if (await lstat(target).catch(() => undefined)) return { ok: true, folder: target }
    const underWay = this.#underWay.get(target)
    if (underWay) return await underWay
    const building = this.#make(build, mounts, request, target).finally(() => this.#underWay.delete(target))
    this.#underWay.set(target, building)
    return await building
  }

  async #make(build: Build, mounts: readonly Mount[], request: RunRequest, target: string): Promise<BuildAnswer> {
    const { sandbox, jobsFolder } = this.#context
    // Before the job's folder: a box runs as the owner of what was made first, and the cache is large to hand over.
    const cache = build.cache ? [await this.#cacheMount(request.runtime.id)] : []
    const folder = join(jobsFolder, randomUUID())
    await sandbox.makeFolder(folder)
    const announce = setTimeout(() => request.onLog('[building: later runs start at once]\n'), ANNOUNCE_MS)
    try {
      await writeJobFiles(folder, build.files)
      const outcome = await this.#compile(build, [...mounts, ...cache], request, folder)
      if (outcome) return { ok: false, outcome }
      return await keep(join(folder, build.output), target)
    } finally {
      clearTimeout(announce)
      await sandbox.removeFolder(folder)
    }
  }

  async #compile(
    build: Build,
    mounts: readonly Mount[],
    request: RunRequest,
    folder: string,
  ): Promise<RunOutcome | undefined> {
    const { sandbox } = this.#context
    const box = await sandbox.start({
      argv: build.argv,
      env: build.env,
      cwd: '/job',
      mounts: [...mounts, { host: folder, inside: '/job', writable: true }],
      network: build.network,
      limits: { ...request.limits, memoryBytesMax: Math.max(request.limits.memoryBytesMax, 2 ** 31) },
    })
    const output = new Output(request.onLog)
    const printed = Promise.all([
      readText(box.stdout, (text) => output.stdout(text)),
      readText(box.stderr, (text) => output.stderr(text)),
    ])
    const timer = setTimeout(() => box.kill('SIGKILL'), BUILD_MS_MAX)
    const exit = await box.exited
    clearTimeout(timer)
    await printed
    if (exit.code === 0) return undefined
    return failed(
      'BuildError',
      output.lastWords || output.lastLine || `the build ended with ${exit.signal ?? `exit code ${exit.code}`}`,
    )
  }

  async #cacheMount(runtime: string): Promise<Mount> {
    const host = join(this.#folder, runtime, 'cache')
    await mkdir(join(this.#folder, runtime), { recursive: true })
    // Also when it is there already: a sandbox mounts writable only what it was asked to make since it was opened.
    await this.#context.sandbox.makeFolder(host)
    return { host, inside: '/cache', writable: true }
  }
}

/** Takes one regular file out of a folder that the build could write: a link is not followed. */
async function keep(output: string, target: string): Promise<BuildAnswer> {
  const stat = await lstat(output).catch(() => undefined)
  if (!stat?.isFile()) return { ok: false, outcome: failed('BuildError', 'the build ended well but left no program') }
  const making = `${target}.${randomUUID()}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  const program = join(making, 'program')
  await copyFile(output, program)
  await chmod(program, 0o755)
  try {
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another process on this folder was faster: its output is as good.
    if (!(await lstat(target).catch(() => undefined))) throw error
  }
  return { ok: true, folder: target }
}
