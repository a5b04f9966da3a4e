import type { FoundToolchain, Install, JobInput, Launch, Prepared, ProcessRuntime, Volume } from '@millrace/runtimes'
import type { Sandbox } from '@millrace/sandbox'
import type { Exit, Limits, Mount, RunSpec } from '@millrace/sandbox/spec'
import type { RunOutcome } from './outcome.ts'
import type { VolumeUser } from './volumes.ts'

/** What steps and runs of a language share. */
export interface StepRequest {
  readonly runtime: ProcessRuntime
  readonly toolchain: FoundToolchain
  readonly limits: Limits
  /**
   * Whose job it is. Steps run code that packages and scripts bring, and what they leave in caches and outputs is used again:
   * by the same workspace only.
   */
  readonly workspace?: string | undefined
  /** Ends the wait for steps; a step that nobody waits for is ended too. */
  readonly signal?: AbortSignal | undefined
  onLog(text: string): void
}

/** One run to be made. */
export interface RunRequest extends StepRequest {
  readonly prepared: Prepared
  /** Installs the packages that it runs with. */
  readonly install?: Install | undefined
  readonly input: JobInput
  readonly network: 'host' | 'none'
  /** Folders of its workspace that stay between runs; a box with such serves nobody else. */
  readonly volumes?: readonly Volume[] | undefined
  /** For which job volumes are noted, and who asked for it. */
  readonly user?: VolumeUser | undefined
  /** A folder that it shares with other jobs at the same time, which see it as `./shared`. */
  readonly sharedFolder?: string | undefined
  /** Names the script whose jobs run in processes that serve nothing else, where its language can. */
  readonly dedicatedTo?: string | undefined
  /** Told of pieces of the result that come while it runs. */
  onStream?(text: string): void
  /** Keeps what an inline step of a workflow gave; the answer for the process that waits for it, as JSON, or undefined: it is not kept. */
  onStep?(json: string): Promise<string | undefined>
  /** Told that it waits for its turn in a process that runs other jobs before. */
  onWait?(): void
  /** Told that it begins in such a process, whether or not it waited. */
  onBegin?(): void
}

/** A finished run; `exit` is undefined when no process came about. */
export interface RunEnd {
  readonly outcome: RunOutcome
  readonly exit: Exit | undefined
  /** It was taken back before it began, and may be run as if nothing had been. */
  readonly isUnbegun?: boolean
}

/** A run under way. `kill` may come at any time, also before there is a process. */
export interface Run {
  /** Settles when the whole tree is gone; never rejects. */
  readonly ended: Promise<RunEnd>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** What the strategies share. */
export interface LaunchContext {
  readonly sandbox: Sandbox
  /** Folder of job folders. */
  readonly jobsFolder: string
}

/** All that a box needs, whatever job comes; boxes with equal plans serve each other's jobs. */
export interface BoxPlan {
  readonly launch: Pick<Launch, 'strategy' | 'argv' | 'env'>
  readonly mounts: readonly Mount[]
  readonly limits: Limits
  readonly network: 'host' | 'none'
  /** The one script that a dedicated process serves. */
  readonly files?: Readonly<Record<string, string>> | undefined
}

/** A launch with its folders. */
export interface LaunchPlan extends BoxPlan {
  readonly launch: Launch
}

/** Whether what a build made goes into the job's folder, so that a box serves any script of its language. */
export function takesProgram({ strategy }: Launch): boolean {
  return strategy === 'prewarm' || strategy === 'spawn'
}

const keys = new WeakMap<BoxPlan, string>()

/** What tells plans apart in the pools; they ask several times for each run. */
export function planKey(plan: BoxPlan): string {
  const known = keys.get(plan)
  if (known !== undefined) return known
  const { launch, mounts, limits, network, files } = plan
  const key = JSON.stringify([launch.strategy, launch.argv, launch.env, mounts, limits, network, files])
  keys.set(plan, key)
  return key
}

/** The box of a plan, with one folder more. */
export function planSpec(plan: BoxPlan, folder: Mount, env: Readonly<Record<string, string>>): RunSpec {
  return {
    argv: plan.launch.argv,
    env: { ...plan.launch.env, ...env },
    cwd: folder.inside,
    mounts: [...plan.mounts, folder],
    network: plan.network,
    limits: plan.limits,
    nested: plan.launch.strategy === 'zygote',
  }
}
