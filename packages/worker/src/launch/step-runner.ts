import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import type { Build, Install, Step } from '@millrace/runtimes'
import type { Mount } from '@millrace/sandbox/spec'
import { credentialsIn, Redactor } from './credentials.ts'
import { writeJobFiles } from './job-files.ts'
import { failed, type RunOutcome } from './outcome.ts'
import { Output, readText } from './output.ts'
import type { LaunchContext, StepRequest } from './launch-context.ts'
import type { KeptOutputs } from './kept-outputs.ts'
import { SharedWork, type StepAnswer } from './shared-work.ts'

const STEP_MS_MAX = 600_000
/** A step that takes longer says so in the log: the first of a compiler takes many seconds. */
const ANNOUNCE_MS = 1000
/** What is kept of a step, in the folder of its key. */
const KEPT = { file: 'program', folder: 'packages' } as const

/** How logs and errors call what a step does. */
const WORDINGS = {
  build: { doing: 'building', failed: 'the script could not be built', error: 'BuildError' },
  install: { doing: 'installing packages', failed: 'packages could not be installed', error: 'InstallError' },
  resolve: { doing: 'resolving packages', failed: 'packages could not be resolved', error: 'ResolveError' },
} as const

const ABANDONED: StepAnswer = { ok: false, outcome: failed('Canceled', 'nobody waited for the step any more') }

/** A lock, or why there is none. */
export type LockAnswer =
  { readonly ok: true; readonly lock: string } | { readonly ok: false; readonly outcome: RunOutcome }

const execute = promisify(execFile)

/**
 * Runs steps (pinning, installing, compiling), each content once: the output is kept by the step's key over restarts, and two jobs
 * never run the same step at the same time, in whatever processes on one data folder they run. An output appears whole (by
 * rename) or not at all.
 */
export class StepRunner {
  readonly #context: LaunchContext
  readonly #folder: string
  readonly #outputs: KeptOutputs
  readonly #underWay = new Map<string, SharedWork>()
  #stepsRun = 0

  constructor(context: LaunchContext, folder: string, outputs: KeptOutputs) {
    this.#context = context
    this.#folder = folder
    this.#outputs = outputs
  }

  /** How many steps were run, and not found done, since the process began. */
  get stepsRun(): number {
    return this.#stepsRun
  }

  /** Compiles; the answer is the program. */
  async build(build: Build, mounts: readonly Mount[], request: StepRequest): Promise<StepAnswer> {
    return await this.#once({ step: build, keeps: 'file', wording: WORDINGS.build, mounts, request })
  }

  /** Installs packages; the answer is their folder. */
  async install(install: Install, mounts: readonly Mount[], request: StepRequest): Promise<StepAnswer> {
    return await this.#once({ step: install, keeps: 'folder', wording: WORDINGS.install, mounts, request })
  }

  /** Pins packages; the answer is the text of the lock. `fresh` asks the registries even when they were asked before. */
  async resolve(step: Step, mounts: readonly Mount[], request: StepRequest, fresh: boolean): Promise<LockAnswer> {
    const key = fresh ? `${step.key} ${randomUUID()}` : step.key
    const work = { step: { ...step, key }, keeps: 'file', wording: WORDINGS.resolve, mounts, request } as const
    const answer = await this.#once(work)
    if (!answer.ok) return answer
    const lock = await readFile(answer.path, 'utf8')
    if (fresh) await rm(dirname(answer.path), { recursive: true, force: true })
    return { ok: true, lock }
  }

  async #once(work: Work): Promise<StepAnswer> {
    const { step, keeps, request } = work
    const name = createHash('sha256')
      .update(JSON.stringify([keeps, request.workspace, step.key]))
      .digest('hex')
      .slice(0, 40)
    const target = this.#outputs.targetOf(request.runtime.id, name)
    const kept = { ok: true, path: join(target, KEPT[keeps]) } as const
    if (await this.#outputs.use(target)) return kept
    const underWay = this.#underWay.get(target)
    if (underWay && !underWay.isAbandoned) return await underWay.wait(request)
    const shared = new SharedWork(async (signal, onLog) => {
      const unlock = await this.#outputs.lock(target, signal)
      if (!unlock) return ABANDONED
      try {
        // Another process may have made it meanwhile.
        if (await this.#outputs.useLocked(target)) return kept
        this.#stepsRun += 1
        return await this.#make(work, target, { signal, onLog })
      } finally {
        await unlock()
      }
    })
    this.#underWay.set(target, shared)
    const forget = () => {
      if (this.#underWay.get(target) === shared) this.#underWay.delete(target)
    }
    void shared.answer.then(forget, forget)
    return await shared.wait(request)
  }

  async #make(work: Work, target: string, making: Making): Promise<StepAnswer> {
    const { step, keeps, wording, mounts, request } = work
    const { sandbox, jobsFolder } = this.#context
    // Before the job's folder: a box runs as the owner of what was made first, and the cache is large to hand over.
    const cache = step.cache ? [await this.#cacheMount(request)] : []
    const folder = join(jobsFolder, randomUUID())
    await sandbox.makeFolder(folder)
    const announce = setTimeout(() => making.onLog(`[${wording.doing}: later runs start at once]\n`), ANNOUNCE_MS)
    try {
      writeJobFiles(folder, step.files)
      const failure = await this.#run(work, [...mounts, ...cache], folder, making)
      if (failure) return { ok: false, outcome: failure }
      const output = { path: join(folder, step.output), keeps }
      const half = `${target}.${randomUUID()}`
      const fault = await takeOut(output, half)
      if (fault !== undefined) return { ok: false, outcome: failed(wording.error, `${wording.failed}: ${fault}`) }
      await this.#outputs.publish(half, target)
      return { ok: true, path: join(target, KEPT[keeps]) }
    } finally {
      clearTimeout(announce)
      await sandbox.removeFolder(folder)
    }
  }

  async #run(
    { step, wording, request }: Work,
    mounts: readonly Mount[],
    folder: string,
    { signal, onLog }: Making,
  ): Promise<RunOutcome | undefined> {
    const { sandbox } = this.#context
    const box = await sandbox.start({
      argv: step.argv,
      env: step.env,
      cwd: '/job',
      mounts: [...mounts, { host: folder, inside: '/job', writable: true }],
      network: step.network,
      // Without a bound of its disk: the cache, which it writes too, is of many jobs together.
      limits: {
        ...request.limits,
        diskBytesMax: undefined,
        memoryBytesMax: Math.max(request.limits.memoryBytesMax, 2 ** 31),
      },
    })
    const kill = () => box.kill('SIGKILL')
    signal.addEventListener('abort', kill, { once: true })
    if (signal.aborted) kill()
    const output = new Output(onLog)
    // Package managers print addresses as they were given them.
    const secrets = credentialsIn(step.env)
    const printed = Promise.all([
      readRedacted(box.stdout, secrets, (text) => output.stdout(text)),
      readRedacted(box.stderr, secrets, (text) => output.stderr(text)),
    ])
    const timer = setTimeout(kill, STEP_MS_MAX)
    const exit = await box.exited
    clearTimeout(timer)
    signal.removeEventListener('abort', kill)
    await printed
    if (exit.code === 0) return undefined
    const said = output.lastWords || output.lastLine
    return failed(wording.error, said || `${wording.failed}: it ended with ${exit.signal ?? `exit code ${exit.code}`}`)
  }

  /** What package managers and compilers keep, for the steps of one workspace. */
  async #cacheMount({ runtime, workspace = '' }: StepRequest): Promise<Mount> {
    const owner = createHash('sha256').update(workspace).digest('hex').slice(0, 16)
    const host = join(this.#folder, runtime.id, `cache-${owner}`)
    await mkdir(join(this.#folder, runtime.id), { recursive: true })
    // Also when it is there already: a sandbox mounts writable only what it was asked to make since it was opened.
    await this.#context.sandbox.makeFolder(host)
    return { host, inside: '/cache', writable: true }
  }
}

async function readRedacted(
  stream: Readable,
  secrets: readonly string[],
  onText: (text: string) => void,
): Promise<void> {
  const redactor = new Redactor(secrets, onText)
  await readText(stream, (text) => redactor.write(text))
  redactor.end()
}

interface Work {
  readonly step: Step
  readonly keeps: keyof typeof KEPT
  readonly wording: (typeof WORDINGS)[keyof typeof WORDINGS]
  readonly mounts: readonly Mount[]
  readonly request: StepRequest
}

/** A step as it is being run. */
interface Making {
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal
  readonly onLog: (text: string) => void
}

/** Takes the output out of a folder that the step could write: a link is not followed. What is wrong with it, if anything. */
async function takeOut(
  { path, keeps }: { readonly path: string; readonly keeps: keyof typeof KEPT },
  into: string,
): Promise<string | undefined> {
  const stat = await lstat(path).catch(() => undefined)
  if (keeps === 'file' ? !stat?.isFile() : !stat?.isDirectory()) return `the step ended well but left no ${keeps}`
  await mkdir(into, { recursive: true, mode: 0o755 })
  const kept = join(into, KEPT[keeps])
  if (keeps === 'file') {
    await copyFile(path, kept)
    await chmod(kept, 0o755)
    return undefined
  }
  await rename(path, kept)
  // For every job to read and none to write, whoever it runs as.
  if (process.getuid?.() === 0) await execute('chown', ['-R', '-h', '0:0', kept])
  await execute('chmod', ['-R', 'u+w,a+rX,go-w', kept])
  return undefined
}
