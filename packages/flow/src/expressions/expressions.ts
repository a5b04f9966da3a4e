import { silentLogger, type Logger } from '@millrace/base/logger'
import { analyse, type Analysis } from './analyse.ts'
import { tooLarge, type Evaluated, type ExpressionFault } from './evaluated.ts'
import { runFast } from './fast/run-fast.ts'
import { JsonData } from './json-data.ts'
import type { Scope } from './scope.ts'
import { explain } from './slow/explain.ts'
import { toGuestRequest } from './slow/guest-request.ts'
import type { GuestAnswer } from './slow/guest-task.ts'
import { SlowLane } from './slow/slow-lane.ts'

/** Bounds of one evaluation. */
export interface ExpressionLimits {
  /** Processor time of the slow lane; by the clock it may be ten times that. */
  readonly timeMs: number
  /** Memory of the slow lane besides what the expression reads. */
  readonly memoryBytes: number
  readonly resultBytesMax: number
  /** Characters of JSON that one expression may read in the slow lane. */
  readonly inputCharsMax: number
}

const MEGABYTE = 1024 * 1024

export const EXPRESSION_LIMITS: ExpressionLimits = {
  timeMs: 100,
  memoryBytes: 32 * MEGABYTE,
  resultBytesMax: 10 * MEGABYTE,
  inputCharsMax: 12 * MEGABYTE,
}

/** An expression with what it may see. */
export interface Question {
  readonly source: string
  readonly scope: Scope
}

/**
 * Evaluates expressions of flows. Ask `analyse` first what a source reads, and give that in the scope. The usual forms are
 * evaluated at once in this thread, all others by an engine in a thread of its own, with equal results.
 */
export class Expressions {
  readonly #limits: ExpressionLimits
  readonly #slowLane: SlowLane

  constructor(limits: Partial<ExpressionLimits> = {}, log: Logger = silentLogger) {
    this.#limits = { ...EXPRESSION_LIMITS, ...limits }
    this.#slowLane = new SlowLane(this.#limits, log)
  }

  /** At once, in microseconds; undefined when it takes the other thread. */
  tryFast({ source, scope }: Question): Evaluated | undefined {
    const analysis = analyse(source)
    if (!analysis.ok) return analysis
    return analysis.fast && runFast(analysis.fast, scope, this.#limits.resultBytesMax)
  }

  /** Never rejects for anything that an expression does. */
  async evaluate({ source, scope }: Question): Promise<Evaluated> {
    return this.tryFast({ source, scope }) ?? (await this.evaluateSlow({ source, scope }))
  }

  /** All at once, the answers in the order of the questions. */
  evaluateAll(questions: readonly Question[]): Promise<readonly Evaluated[]> {
    return Promise.all(questions.map((question) => this.evaluate(question)))
  }

  /** As `evaluate`, always in the other thread. */
  async evaluateSlow({ source, scope }: Question): Promise<Evaluated> {
    const analysis = analyse(source)
    if (!analysis.ok) return analysis
    const request = toGuestRequest(analysis.reads, scope)
    if (request.length > this.#limits.inputCharsMax) return readsTooMuch(this.#limits)
    const answer = await this.#slowLane.evaluate({ code: analysis.guest.code, request })
    return this.#toEvaluated({ source, analysis, answer })
  }

  /** Ends the thread; what is under way is answered as lost. Idempotent. */
  stop(): Promise<void> {
    return this.#slowLane.stop()
  }

  #toEvaluated({ source, analysis, answer }: { source: string; analysis: Analysis; answer: GuestAnswer }): Evaluated {
    const { resultBytesMax } = this.#limits
    switch (answer.kind) {
      case 'value':
        if (Buffer.byteLength(answer.text) > resultBytesMax) return tooLarge(resultBytesMax)
        return { ok: true, data: JsonData.ofText(answer.text) }
      case 'needs':
        return { ok: false, ...answer }
      case 'fault':
        return explain(source, analysis.guest, answer)
    }
  }
}

function readsTooMuch({ inputCharsMax }: ExpressionLimits): ExpressionFault {
  const message = `it reads more than ${inputCharsMax} characters of JSON; name the part that it needs, as in results.a.part`
  return { ok: false, kind: 'too_large', message }
}
