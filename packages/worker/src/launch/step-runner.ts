import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Build, Install, Step } from '@millrace/runtimes'
import type { Mount } from '@millrace/sandbox/spec'
import { writeJobFiles } from './job-files.ts'
import { failed, type RunOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import type { LaunchContext, StepRequest } from './launch-context.ts'

const STEP_MS_MAX = 600_000
/** A step that takes longer says so in the log: the first of a compiler takes many seconds. */
const ANNOUNCE_MS = 1000
/** What is kept of a step, in the folder of its key. */
const KEPT = { file: 'program', folder: 'packages' } as const

const execute = promisify(execFile)

/** Where a step's output lies, or why there is none. */
export type StepAnswer =
  | { readonly ok: true; /** The kept file or folder. */ readonly path: string }
  | { readonly ok: false; readonly outcome: RunOutcome }

/**
 * Runs steps (pinning, installing, compiling), each content once: the output is kept by the step's key over restarts, and
 * two jobs never run the same step at the same time. An output appears whole (by rename) or not at all.
 */
export class StepRunner {
  readonly #context: LaunchContext
  readonly #folder: string
  readonly #underWay = new Map<string, Promise<StepAnswer>>()

  constructor(context: LaunchContext, folder: string) {
    this.#context = context
    this.#folder = folder
  }

  /** Compiles; the answer is the program. */
  async build(build: Build, mounts: readonly Mount[], request: StepRequest): Promise<StepAnswer> {
    return await this.#once({ step: build, keeps: 'file', word: 'building', mounts, request })
  }

  /** Installs packages; the answer is their folder. */
  async install(install: Install, mounts: readonly Mount[], request: StepRequest): Promise<StepAnswer> {
    return await this.#once({ step: install, keeps: 'folder', word: 'installing packages', mounts, request })
  }

  /** Pins packages; the answer is the text of the lock. */
  async resolve(
    step: Step,
    mounts: readonly Mount[],
    request: StepRequest,
  ): Promise<{ readonly ok: true; readonly lock: string } | { readonly ok: false; readonly outcome: RunOutcome }> {
    const answer = await this.#once({ step, keeps: 'file', word: 'resolving packages', mounts, request })
    return answer.ok ? { ok: true, lock: await readFile(answer.path, 'utf8') } : answer
  }

  async #once(work: Work): Promise<StepAnswer> {
    const { step, keeps, request } = work
    const name = createHash('sha256').update(`${keeps} ${step.key}`).digest('hex').slice(0, 40)
    const target = join(this.#folder, request.runtime.id, name)
    if (await lstat(target).catch(() => undefined)) return { ok: true, path: join(target, KEPT[keeps]) }
    const underWay = this.#underWay.get(target)
    if (underWay) return await underWay
    const making = this.#make(work, target).finally(() => this.#underWay.delete(target))
    this.#underWay.set(target, making)
    return await making
  }

  async #make({ step, keeps, word, mounts, request }: Work, target: string): Promise<StepAnswer> {
    const { sandbox, jobsFolder } = this.#context
    // Before the job's folder: a box runs as the owner of what was made first, and the cache is large to hand over.
    const cache = step.cache ? [await this.#cacheMount(request.runtime.id)] : []
    const folder = join(jobsFolder, randomUUID())
    await sandbox.makeFolder(folder)
    const announce = setTimeout(() => request.onLog(`[${word}: later runs start at once]\n`), ANNOUNCE_MS)
    try {
      await writeJobFiles(folder, step.files)
      const outcome = await this.#run(step, [...mounts, ...cache], request, folder)
      if (outcome) return { ok: false, outcome }
      return await keep(join(folder, step.output), target, keeps)
    } finally {
      clearTimeout(announce)
      await sandbox.removeFolder(folder)
    }
  }

  async #run(
    step: Step,
    mounts: readonly Mount[],
    request: StepRequest,
    folder: string,
  ): Promise<RunOutcome | undefined> {
    const { sandbox } = this.#context
    const box = await sandbox.start({
      argv: step.argv,
      env: step.env,
      cwd: '/job',
      mounts: [...mounts, { host: folder, inside: '/job', writable: true }],
      network: step.network,
      limits: { ...request.limits, memoryBytesMax: Math.max(request.limits.memoryBytesMax, 2 ** 31) },
    })
    const output = new Output(request.onLog)
    const printed = Promise.all([
      readText(box.stdout, (text) => output.stdout(text)),
      readText(box.stderr, (text) => output.stderr(text)),
    ])
    const timer = setTimeout(() => box.kill('SIGKILL'), STEP_MS_MAX)
    const exit = await box.exited
    clearTimeout(timer)
    await printed
    if (exit.code === 0) return undefined
    return failed(
      'BuildError',
      output.lastWords || output.lastLine || `the step ended with ${exit.signal ?? `exit code ${exit.code}`}`,
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

interface Work {
  readonly step: Step
  readonly keeps: keyof typeof KEPT
  /** What the log says is done. */
  readonly word: string
  readonly mounts: readonly Mount[]
  readonly request: StepRequest
}

/** Takes the output out of a folder that the step could write: a link is not followed. */
async function keep(output: string, target: string, keeps: keyof typeof KEPT): Promise<StepAnswer> {
  const stat = await lstat(output).catch(() => undefined)
  if (keeps === 'file' ? !stat?.isFile() : !stat?.isDirectory())
    return { ok: false, outcome: failed('BuildError', `the step ended well but left no ${keeps}`) }
  const making = `${target}.${randomUUID()}`
  await mkdir(making, { recursive: true, mode: 0o755 })
  const kept = join(making, KEPT[keeps])
  if (keeps === 'file') {
    await copyFile(output, kept)
    await chmod(kept, 0o755)
  } else {
    await rename(output, kept)
    // For every job to read and none to write, whoever it runs as.
    if (process.getuid?.() === 0) await execute('chown', ['-R', '-h', '0:0', kept])
    await execute('chmod', ['-R', 'u+w,a+rX,go-w', kept])
  }
  try {
    await rename(making, target)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another process on this folder was faster: its output is as good.
    if (!(await lstat(target).catch(() => undefined))) throw error
  }
  return { ok: true, path: join(target, KEPT[keeps]) }
}
