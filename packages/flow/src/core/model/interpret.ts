import type { FlowModule } from '../definition/flow-module.ts'
import type { StopAfterIf } from '../definition/options.ts'
import type { ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import { findNumber, holds } from '../module/decided.ts'
import { findRetryDelay } from '@millrace/base/retry'
import type { Transform } from '../protocol.ts'
import { errorIn, evaluate, isObject, withStep, type Evaluation, type World } from '../testing/world.ts'
import { AnyStep } from './any-step.ts'
import {
  failedList,
  gathered,
  hasIterations,
  isList,
  isLoop,
  named,
  refusal,
  told,
  type Interpreted,
  type ListEnd,
  type Place,
  type RunEnd,
  type Trace,
} from './ends.ts'

/**
 * What a flow means, told by recursion: small, slow and without a state machine, to be read against SPEC.md. It knows no frame, no
 * job and no event. Property tests hold `transition` against it.
 */
export class Interpreter {
  readonly #flow: ParsedFlow
  readonly #world: World
  #input: Json
  #isOpen = false

  constructor(flow: ParsedFlow, world: World, input: Json) {
    this.#flow = flow
    this.#world = world
    this.#input = input
  }

  run(isTriggered: boolean): Interpreted {
    const together = this.#flow.value.same_worker === true ? 'flow' : undefined
    const place: Place = { path: '', results: {}, previous: this.#input, trace: [], together }
    const end = this.#handled(this.#flowEnd(place, isTriggered), place)
    const trace: Trace = { kind: 'sequence', parts: place.trace }
    return { status: end.status, result: withStep(end.result, end.step), trace, isOpen: this.#isOpen }
  }

  #flowEnd(place: Place, isTriggered: boolean): ListEnd {
    const { preprocessor_module: preprocessor, skip_expr: expr, modules } = this.#flow.value
    if (isTriggered && preprocessor !== undefined) {
      const end = this.#list([preprocessor], place)
      if (end.status !== 'success' || end.isStopped) return end
      const error = { name: 'NoObject', message: 'no object' }
      if (!isObject(end.result)) return failedList({ result: { error }, step: preprocessor.id })
      this.#input = end.result
    }

    const begun = { ...place, previous: this.#input }
    const skip = this.#condition(expr, begun)
    if (typeof skip === 'object') return failedList({ ...skip, step: 'skip_expr' })
    if (skip) return { status: 'skipped', result: this.#input, isStopped: true }
    return this.#list(modules, begun)
  }

  /** The failure module gives the result of a flow that failed. */
  #handled(end: ListEnd, place: Place): ListEnd {
    const handler = this.#flow.value.failure_module
    if (end.status !== 'failure' || handler === undefined) return end
    const error = errorIn(withStep(end.result, end.step))
    const { result } = this.#list([handler], { ...place, previous: end.result, error })
    return { status: 'failure', result, isStopped: false }
  }

  /** One module after another. */
  #list(modules: readonly FlowModule[], place: Place): ListEnd {
    let { previous } = place
    for (const module of modules) {
      const end = this.#module(module, { ...place, previous })
      if (typeof end === 'object' && 'status' in end) return end
      previous = end.previous
    }
    return { status: 'success', result: previous, isStopped: false }
  }

  #module(module: FlowModule, place: Place): ListEnd | { readonly previous: Json } {
    const end = named(this.#options(module, place))
    place.results[module.id] = end.kind === 'over' ? end.end.result : end.result
    if (end.kind === 'skipped') return place
    if (end.kind === 'over') return end.end
    if (end.kind === 'failed' && module.continue_on_error !== true) return failedList(end)

    const own = this.#stop(module.stop_after_if, module, end.result, place)
    const isBroken = isLoop(module) && !AnyStep.parse(module.value).parallel
    const all = hasIterations(module)
      ? this.#stop(module.stop_after_all_iters_if, module, end.result, place)
      : undefined
    const stop = all ?? (isBroken ? undefined : own)
    return stop ?? this.#owed(module, { ...place, previous: end.result })
  }

  #options(module: FlowModule, place: Place): RunEnd | { readonly kind: 'skipped'; readonly result: null } {
    const skip = this.#condition(module.skip_if?.expr, place)
    if (typeof skip === 'object') return { ...skip, step: module.id }
    if (skip) return { kind: 'skipped', result: null }
    if (module.mock?.enabled === true) return { kind: 'succeeded', result: module.mock.return_value ?? null }

    for (let failures = 0; ; failures += 1) {
      const end = this.#run(module, place, failures)
      if (end.kind !== 'failed' || end.isFinal === true) return end
      if (module.retry === undefined || findRetryDelay(module.retry, failures + 1) === undefined) return end
      const error = errorIn(withStep(end.result, end.step))
      const wanted = this.#condition(module.retry.retry_if?.expr ?? 'true', place, { result: end.result, error })
      if (typeof wanted === 'object') return { ...wanted, step: module.id }
      if (!wanted) return end
    }
  }

  #stop(stop: StopAfterIf | undefined, module: FlowModule, result: Json, place: Place): ListEnd | undefined {
    const isHeld = this.#condition(stop?.expr, place, { result })
    if (typeof isHeld === 'object') return failedList({ ...isHeld, step: module.id })
    if (!isHeld || stop === undefined) return undefined
    if (stop.error_message === undefined)
      return { status: stop.skip_if_stopped === true ? 'skipped' : 'success', result, isStopped: true }

    const message = stop.error_message === '' ? `stopped after step ${module.id}` : stop.error_message
    const included = stop.error_include_result === true ? { result } : {}
    const error = { name: 'Stopped', message, step_id: module.id, ...included }
    return { status: 'failure', result: { error }, step: module.id, isStopped: true }
  }

  /** The events and the sleep that come before the next module. */
  #owed(module: FlowModule, place: Place): ListEnd | { readonly previous: Json } {
    const { suspend, sleep, id } = module
    if (suspend !== undefined && suspend.required_events !== 0) {
      const decision = this.#world.decide(`${place.path}/${id}`)
      if (decision !== 'approve' && suspend.continue_on_disapprove_timeout !== true)
        return failedList({ result: { error: refusal(decision, id, suspend.timeout ?? 1800) }, step: id })
    }
    if (sleep === undefined) return place
    const seconds = this.#evaluate(sleep, place)
    if (!seconds.ok) return failedList({ result: { error: seconds.error }, step: id })
    if (findNumber(seconds.value ?? 0, 0) !== undefined) return place
    const message = `the sleep of ${id} is ${JSON.stringify(seconds.value)}: it must be a number of seconds`
    return failedList({ result: { error: { name: 'BadSleep', message, step_id: id } }, step: id })
  }

  #run(module: FlowModule, place: Place, failures: number): RunEnd {
    const step = AnyStep.parse(module.value)
    switch (step.type) {
      case 'identity':
        return { kind: 'succeeded', result: place.previous }
      case 'forloopflow':
        return this.#forLoop(module, step, place, failures)
      case 'whileloopflow':
        return step.modules.length === 0
          ? { kind: 'succeeded', result: [] }
          : this.#oneByOne(module, step, place, { failures, items: undefined })
      case 'branchone':
        return this.#branchOne(module, step, place, failures)
      case 'branchall':
        return this.#branchAll(module, step, place, failures)
      default:
        return this.#step(module, step, place, failures)
    }
  }

  #step(module: FlowModule, step: AnyStep, place: Place, failures: number): RunEnd {
    const inputs: Record<string, Json> = {}
    for (const [name, transform] of Object.entries(step.input_transforms)) {
      const evaluated = this.#evaluate(transform, place)
      if (!evaluated.ok) return { kind: 'failed', result: { error: evaluated.error }, step: module.id }
      if (evaluated.value !== undefined) inputs[name] = evaluated.value
    }
    const key = `${place.path}/${module.id}#${failures}`
    place.trace.push({ kind: 'run', key, together: place.together })
    const { status, result } = this.#world.runStep({ key, content: step.content, inputs, failures })
    if (status === 'skipped' && module.debouncing !== undefined)
      return { kind: 'over', end: { status, result, isStopped: true } }
    if (status === 'success' || status === 'skipped') return { kind: 'succeeded', result }
    return { kind: 'failed', result, step: module.id, isFinal: status === 'canceled' }
  }

  #forLoop(module: FlowModule, step: AnyStep, place: Place, failures: number): RunEnd {
    const list = this.#evaluate(step.iterator ?? { type: 'static', value: null }, place)
    if (!list.ok) return { kind: 'failed', result: { error: list.error }, step: module.id }
    const items = list.value
    if (!isList(items))
      return { kind: 'failed', result: { error: { name: 'NoList', message: 'no list' } }, step: module.id }
    if (!step.parallel) return this.#oneByOne(module, step, place, { failures, items })

    const trace: Trace[] = []
    const ends = items.map((value, index) =>
      this.#iteration(module, step, { ...place, trace }, { failures, value, index }),
    )
    place.trace.push({ kind: 'together', parts: trace })
    const width = findNumber(this.#valueOf(step.parallelism, place) ?? null, 1) ?? Infinity
    const isCutShort = ends.some((end) => end.isStopped || (end.status === 'failure' && !step.skip_failures))
    if (isCutShort && width < items.length) this.#isOpen = true
    return gathered(ends, () => step.skip_failures, module.id)
  }

  /** Until the list is through, something inside says stop, the loop's own condition holds, or an iteration fails. */
  #oneByOne(
    module: FlowModule,
    step: AnyStep,
    place: Place,
    { failures, items }: { readonly failures: number; readonly items: readonly Json[] | undefined },
  ): RunEnd {
    const ends: ListEnd[] = []
    for (let index = 0; items === undefined || index < items.length; index += 1) {
      const value = items?.[index] ?? (items === undefined ? index : null)
      const end = this.#iteration(module, step, place, { failures, value, index })
      ends.push(end)
      if (end.status === 'failure' && !step.skip_failures) break
      const within = { ...place, previous: value, iter: { value, index } }
      const stop = this.#stop(module.stop_after_if, module, told(end), within)
      if (stop?.status === 'failure') return { kind: 'over', end: { ...stop, isStopped: false } }
      if (stop !== undefined || end.isStopped) break
    }
    return gathered(ends, () => step.skip_failures, module.id)
  }

  #iteration(
    module: FlowModule,
    step: AnyStep,
    place: Place,
    { failures, value, index }: { readonly failures: number; readonly value: Json; readonly index: number },
  ): ListEnd {
    const path = `${place.path}/${module.id}.${index}.${failures}`
    const iter = { value, index }
    const together = place.together ?? (step.squash ? `${place.path}/${module.id}.${failures}` : undefined)
    return this.#inside(step.modules, { ...place, path, previous: value, iter, together })
  }

  #branchOne(module: FlowModule, step: AnyStep, place: Place, failures: number): RunEnd {
    let modules = step.default
    for (const branch of step.branches) {
      const isTaken = this.#condition(branch.expr, place)
      if (typeof isTaken === 'object') return { ...isTaken, step: module.id }
      if (!isTaken) continue
      modules = branch.modules
      break
    }
    const end = this.#inside(modules, { ...place, path: `${place.path}/${module.id}.0.${failures}` })
    if (end.isStopped) return { kind: 'over', end: { ...end, result: told(end) } }
    if (end.status === 'failure') return { kind: 'failed', result: told(end), step: module.id, isFinal: false }
    return { kind: 'succeeded', result: end.result }
  }

  #branchAll(module: FlowModule, step: AnyStep, place: Place, failures: number): RunEnd {
    const trace: Trace[] = step.parallel ? [] : place.trace
    const ends: ListEnd[] = []
    for (const [index, branch] of step.branches.entries()) {
      const path = `${place.path}/${module.id}.${index}.${failures}`
      const end = this.#inside(branch.modules, { ...place, path, trace })
      ends.push(end)
      if (!step.parallel && end.status === 'failure' && !branch.skip_failure) break
    }
    if (step.parallel) place.trace.push({ kind: 'together', parts: trace })
    return gathered(ends, (index) => step.branches[index]?.skip_failure === true, module.id)
  }

  /** A list inside a module: what it sees of its own is not seen outside. */
  #inside(modules: readonly FlowModule[], place: Place): ListEnd {
    const trace: Trace[] = []
    place.trace.push({ kind: 'sequence', parts: trace })
    return this.#list(modules, { ...place, results: { ...place.results }, trace })
  }

  /** Whether a condition holds; false where there is none. */
  #condition(
    expr: string | undefined,
    place: Place,
    judged: { readonly result?: Json; readonly error?: Json } = {},
  ): boolean | { readonly kind: 'failed'; readonly result: Json; readonly isFinal: true } {
    if (expr === undefined) return false
    const evaluated = this.#evaluate({ type: 'javascript', expr }, place, judged)
    if (evaluated.ok) return holds(evaluated.value ?? null)
    return { kind: 'failed', result: { error: evaluated.error }, isFinal: true }
  }

  #valueOf(transform: Transform | undefined, place: Place): Json | undefined {
    if (transform === undefined) return undefined
    const evaluated = this.#evaluate(transform, place)
    return evaluated.ok ? evaluated.value : undefined
  }

  #evaluate(
    transform: Transform,
    { results, previous, iter, error }: Place,
    judged: { readonly result?: Json; readonly error?: Json } = {},
  ): Evaluation {
    const input = isObject(this.#input) ? this.#input : {}
    const flow_input = iter === undefined ? input : { ...input, iter }
    const known = error === undefined ? {} : { error }
    return evaluate(transform, { flow_input, results, previous_result: previous, ...known, ...judged })
  }
}
