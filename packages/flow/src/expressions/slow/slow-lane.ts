import type { Logger } from '@millrace/base/logger'
import { faultOf, refused } from './guest-fault.ts'
import type { GuestAnswer, GuestFault, GuestLimits, GuestTask } from './guest-task.ts'
import { Thread } from './thread.ts'

const BATCH_TASKS_MAX = 100
const BATCH_CHARS_MAX = 8 * 1024 * 1024

interface Waiting {
  readonly task: GuestTask
  readonly answered: PromiseWithResolvers<GuestAnswer>
  /** It was in a batch with which a thread died, so that the next time it is a batch of its own. */
  isAlone: boolean
}

/**
 * Evaluates in one thread, which starts with the first task and is replaced when it hangs or dies. What arrives while a batch is
 * under way goes out together as the next one. With a thread goes the task that it was at; the others of its batch are tried
 * once more, each alone, so that nobody fails for another's sake.
 */
export class SlowLane {
  readonly #limits: GuestLimits
  readonly #log: Logger
  readonly #waiting: Waiting[] = []
  #thread: Thread | undefined
  #working: Promise<void> | undefined
  #isStopped = false

  constructor(limits: GuestLimits, log: Logger) {
    this.#limits = limits
    this.#log = log
  }

  /** Never rejects. */
  evaluate(task: GuestTask): Promise<GuestAnswer> {
    if (this.#isStopped) return Promise.resolve(stopped())
    const answered = Promise.withResolvers<GuestAnswer>()
    this.#waiting.push({ task, answered, isAlone: false })
    // After this turn of the loop, so that what is asked for together goes out together.
    this.#working ??= Promise.resolve().then(() => this.#work())
    return answered.promise
  }

  /** Ends the thread; what waits is answered as lost. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#thread?.stop()
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      if (this.#isStopped) for (const { answered } of batch) answered.resolve(stopped())
      else await this.#run(batch)
    }
    this.#working = undefined
  }

  #takeBatch(): readonly Waiting[] {
    let chars = 0
    const end = this.#waiting.findIndex(({ task, isAlone }, index) => {
      chars += task.request.length
      return index > 0 && (isAlone || index >= BATCH_TASKS_MAX || chars > BATCH_CHARS_MAX)
    })
    const isFirstAlone = this.#waiting[0]?.isAlone === true
    return this.#waiting.splice(0, isFirstAlone ? 1 : countOf(end, this.#waiting.length))
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#thread ??= new Thread(this.#limits)
    const end = await this.#thread.run(batch.map(({ task }) => task))
    if (end.kind === 'answered') {
      for (const [index, answer] of end.answers.entries()) batch[index]?.answered.resolve(answer)
      return
    }
    this.#thread = undefined
    if (end.because === 'ended' && !this.#isStopped)
      this.#log.error({ err: end.error }, 'the thread that evaluates expressions ended')
    batch[end.at]?.answered.resolve(this.#isStopped ? stopped() : faultOf(end.because, this.#limits))
    const others = batch.filter((_, index) => index !== end.at)
    for (const other of others) other.isAlone = true
    this.#waiting.unshift(...others)
  }
}

/** How many to take up to an index that `findIndex` gave. */
function countOf(end: number, all: number): number {
  return end === -1 ? all : end
}

function stopped(): GuestFault {
  return refused('lost', 'this server is stopping; try again')
}
