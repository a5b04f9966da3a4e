import type { Launch } from '@millrace/runtimes'
import type { Exit } from '@millrace/sandbox/spec'
import type { Frame } from '../frames.ts'
import type { LaunchPlan, RunEnd, RunRequest } from '../launch-context.ts'
import { decideOutcome, failed, type RunError } from '../outcome.ts'
import { Output } from '../output.ts'

/** How a job in a process ended. */
interface JobEnd {
  readonly frame: Frame | undefined
  readonly exit: Exit
  readonly fault?: RunError | undefined
}

/** One job on its way through the processes of its script; `ended` settles when it is over, or is given back as it was. */
export class DedicatedJob {
  readonly output: Output
  readonly ended: Promise<RunEnd>
  readonly #plan: LaunchPlan
  readonly #launch: Launch
  readonly #request: RunRequest
  readonly #settle: (end: RunEnd) => void
  readonly #reject: (error: unknown) => void
  #beganAtMs: number | undefined

  /** `launch` is that of its own script, which alone can encode its input. */
  constructor(plan: LaunchPlan, request: RunRequest) {
    this.#plan = plan
    this.#launch = plan.launch
    this.#request = request
    const { promise, resolve, reject } = Promise.withResolvers<RunEnd>()
    this.ended = promise
    this.#settle = resolve
    this.#reject = reject
    this.output = new Output(
      (text) => request.onLog(text),
      (text) => request.onStream?.(text),
    )
  }

  /** By the monotonic clock; it has run for no time before it begins. */
  get beganAtMs(): number {
    return this.#beganAtMs ?? performance.now()
  }

  encodeInput(): Uint8Array {
    return this.#launch.encodeInput(this.#request.input)
  }

  /** It has to wait for its turn. */
  wait(): void {
    this.#request.onWait?.()
  }

  begin(): void {
    this.#beganAtMs = performance.now()
    this.#request.onBegin?.()
  }

  end({ frame, exit, fault }: JobEnd): void {
    this.output.end()
    const { prepared } = this.#request
    const evidence = { frame, exit, fault, output: this.output, withoutFrame: prepared.withoutFrame }
    this.#settle({ outcome: decideOutcome({ ...evidence, limits: this.#plan.limits }), exit })
  }

  /** No process could be started for it. */
  fail(error: unknown): void {
    this.#reject(error)
  }

  /** It has not begun, and will not. */
  giveBack(): void {
    const outcome = failed('Unbegun', 'the job was taken back before it began')
    this.#settle({ outcome, exit: undefined, isUnbegun: true })
  }
}
