/** A machine that is busy elsewhere must not make an expression fail, and one that does not compute must end too. */
const CLOCK_PER_PROCESSOR = 10

/** The end of an evaluation: after so much processor time of this thread, or ten times that by the clock. */
export class Deadline {
  readonly #timeMs: number
  readonly #beganMs = performance.now()
  readonly #processorBeganMs = processorMs()
  #wasOver = false

  constructor(timeMs: number) {
    this.#timeMs = timeMs
  }

  /** Whether `isOver` ever said so. */
  get wasOver(): boolean {
    return this.#wasOver
  }

  isOver(): boolean {
    const passedMs = performance.now() - this.#beganMs
    this.#wasOver ||=
      passedMs > this.#timeMs * CLOCK_PER_PROCESSOR ||
      (passedMs > this.#timeMs && processorMs() - this.#processorBeganMs > this.#timeMs)
    return this.#wasOver
  }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
