import { analyse } from '../expressions/analyse.ts'
import type { ExpressionFault } from '../expressions/evaluated.ts'
import type { Expressions } from '../expressions/expressions.ts'
import type { Reads } from '../expressions/reads.ts'
import type { Scope as Values } from '../expressions/scope.ts'
import { JsonData } from '../expressions/json-data.ts'
import type { Json } from '../core/json.ts'
import type { Answer, Ask, FlowError, ResultRef, Scope, Transform } from '../core/protocol.ts'
import type { Frame } from './frame.ts'
import type { JobMaker, PreparedJob } from './job-maker.ts'
import type { FlowProgram } from './program.ts'
import type { References } from './references.ts'
import { ScopeReader, Unreadable, type ScopeTools } from './scope-reader.ts'
import type { Unwritten } from './unwritten.ts'

/** Passes of an expression that finds out only while it runs which variables it wants. */
const PASSES_MAX = 10
/** Items that a loop goes through at the most. */
const LIST_MAX = 1_000_000

/** What answering takes. */
export interface AnswerTools extends ScopeTools {
  readonly references: References
  readonly expressions: Expressions
  readonly jobs: JobMaker
  /** Tag of the jobs that run where this process keeps its folders; undefined where it keeps none. */
  readonly place?: string | undefined
}

/** Answers with what belongs to them and the rules never see: items of lists and jobs that are ready to be started, by slot. */
export interface Answered {
  readonly answers: ReadonlyMap<string, Answer>
  readonly lists: ReadonlyMap<string, readonly Json[]>
  readonly jobs: ReadonlyMap<string, PreparedJob>
  readonly inputs: ReadonlyMap<string, ResultRef>
}

type Value = { readonly ok: true; readonly data: JsonData } | { readonly ok: false; readonly message: string }

/** Answers the asks of one transition of a frame; what was answered stays. */
export class Answerer {
  readonly #tools: AnswerTools
  readonly #frame: Frame
  readonly #scope: ScopeReader
  readonly #answers = new Map<string, Answer>()
  readonly #lists = new Map<string, readonly Json[]>()
  readonly #jobs = new Map<string, PreparedJob>()
  readonly #inputs = new Map<string, ResultRef>()

  constructor(tools: AnswerTools, frame: Frame, program: FlowProgram, unwritten: Unwritten) {
    this.#tools = tools
    this.#frame = frame
    this.#scope = new ScopeReader(tools, frame, program, unwritten)
  }

  get answered(): Answered {
    return { answers: this.#answers, lists: this.#lists, jobs: this.#jobs, inputs: this.#inputs }
  }

  async answer(asks: readonly Ask[]): Promise<void> {
    // One after the other: what one of them reads the next one finds.
    for (const ask of asks) this.#answers.set(ask.slot, await this.#answerOne(ask))
  }

  async #answerOne(ask: Ask): Promise<Answer> {
    switch (ask.kind) {
      case 'value': {
        const value = await this.#evaluate(ask.transform, ask.scope)
        return value.ok ? { kind: 'value', value: value.data.value as Json } : failed(value.message)
      }
      case 'list':
        return await this.#answerList(ask)
      case 'job':
        return await this.#answerJob(ask)
      case 'input':
        return await this.#answerInput(ask)
      case 'place':
        return this.#answerPlace()
    }
  }

  #answerPlace(): Answer {
    const { place } = this.#tools
    if (place !== undefined) return { kind: 'place', place }
    return failed('the process that begins here keeps no folders: let a worker begin it', 'NoWorker')
  }

  async #answerInput({ slot, result }: Extract<Ask, { kind: 'input' }>): Promise<Answer> {
    const value = (await this.#scope.readOne(result)).value
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return failed(
        `the preprocessor gives ${describe(value)}: let it return an object, the arguments of the flow`,
        'TypeError',
      )
    this.#inputs.set(slot, result)
    this.#scope.keepInput(result)
    return { kind: 'input' }
  }

  async #answerList({ slot, module, transform, scope }: Extract<Ask, { kind: 'list' }>): Promise<Answer> {
    const value = await this.#evaluate(transform, scope)
    if (!value.ok) return failed(value.message)
    const list = value.data.value
    if (!Array.isArray(list))
      return failed(`the iterator gives ${describe(list)} and not a list: let it give an array`, 'TypeError')
    if (list.length > LIST_MAX) return failed(`the iterator gives ${list.length} items; a loop takes ${LIST_MAX}`)
    this.#lists.set(slot, list)
    this.#scope.keepItems(module, list)
    return { kind: 'list', length: list.length }
  }

  async #answerJob(ask: Extract<Ask, { kind: 'job' }>): Promise<Answer> {
    const args: [string, string][] = []
    for (const [name, transform] of Object.entries(ask.inputs)) {
      // An argument that nothing is written for is absent.
      if (transform.type === 'ai' || isEmpty(transform)) continue
      const value = await this.#evaluate(transform, ask.scope, true)
      if (!value.ok) return failed(`input ${name}: ${value.message}`)
      args.push([name, value.data.text])
    }
    const timeout = ask.options.timeout && (await this.#evaluate(ask.options.timeout, ask.scope))
    if (timeout && !timeout.ok) return failed(`timeout: ${timeout.message}`)
    const made = await this.#tools.jobs.make(this.#frame, ask, { args, timeoutS: timeout?.data.value })
    if (!made.ok) return { kind: 'failed', error: made.error }
    this.#jobs.set(ask.slot, made.value)
    return { kind: 'job' }
  }

  /** References in arguments are left to the worker that runs the job. */
  async #evaluate(transform: Transform, scope: Scope, isArgument = false): Promise<Value> {
    if (transform.type === 'ai') return { ok: true, data: JsonData.ofValue(null) }
    if (transform.type === 'javascript') return await this.#run(transform.expr, scope)
    const value = transform.value ?? null
    if (isArgument || typeof value !== 'string') return { ok: true, data: JsonData.ofValue(value) }
    const found = await this.#tools.references.resolve(this.#frame, value)
    return found.ok ? { ok: true, data: JsonData.ofText(found.json) } : found
  }

  async #read(reads: Reads, scope: Scope): Promise<{ readonly values: Values } | Unreadable> {
    try {
      return { values: await this.#scope.read(reads, scope) }
    } catch (error) {
      if (error instanceof Unreadable) return error
      throw error
    }
  }

  async #run(expr: string, scope: Scope): Promise<Value> {
    const analysis = analyse(expr)
    if (!analysis.ok) return { ok: false, message: describeFault(analysis, expr) }
    const read = await this.#read(analysis.reads, scope)
    if ('message' in read) return { ok: false, message: `${quote(expr)}: ${read.message}` }
    let { values } = read
    for (let pass = 0; pass < PASSES_MAX; pass += 1) {
      const evaluated = await this.#tools.expressions.evaluate({ source: expr, scope: values })
      if (evaluated.ok) return evaluated
      if (evaluated.kind !== 'needs') return { ok: false, message: describeFault(evaluated, expr) }
      const more = await this.#scope.lookUp(evaluated.variables, evaluated.resources)
      values = {
        ...values,
        variables: new Map([...(values.variables ?? []), ...more.variables]),
        resources: new Map([...(values.resources ?? []), ...more.resources]),
      }
    }
    return { ok: false, message: `${quote(expr)} asks for variables one after the other without an end` }
  }
}

function isEmpty(transform: Transform): boolean {
  if (transform.type !== 'javascript') return false
  const analysis = analyse(transform.expr)
  return analysis.ok && analysis.isEmpty
}

function failed(message: string, name = 'ExpressionError'): Answer {
  const error: FlowError = { name, message }
  return { kind: 'failed', error }
}

function describeFault({ message, line, column }: ExpressionFault, expr: string): string {
  const place = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`
  return `${quote(expr)}${place}: ${message}`
}

function quote(expr: string): string {
  const text = expr.trim()
  return `\`${text.length > 120 ? `${text.slice(0, 120)}…` : text}\``
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
