import { invariant } from '@millrace/base/invariant'
import { isDeepStrictEqual } from 'node:util'
import type { ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import type {
  Answer,
  Ask,
  ChildEnd,
  ChildKey,
  Command,
  FlowEvent,
  FrameContext,
  FrameState,
  ResultRef,
  Runnable,
  Scope,
} from '../protocol.ts'
import { transition } from '../transition.ts'
import { errorIn, evaluate, isObject, withStep, type Sight, type World } from './world.ts'

/** How the shell behaves where it is free to choose: which of the events that are due comes next. */
export interface ShellOptions {
  readonly flow: ParsedFlow
  readonly world: World
  readonly input: Json
  readonly isTriggered?: boolean
  /** A number from 0 to `below`, exclusive. */
  pick(below: number): number
}

/** A run of a step: when it started and ended, counted in events of the whole flow. */
export interface StepRun {
  readonly key: string
  readonly startedAt: number
  endedAt: number
}

export interface FlowRun {
  readonly status: string
  readonly result: Json
  readonly runs: readonly StepRun[]
  readonly commands: readonly Command[]
  readonly early: readonly Json[]
  /** Characters of the longest state. */
  readonly stateLengthMax: number
  readonly transitions: number
}

/** More than any flow of the tests needs. */
const TRANSITIONS_MAX = 20_000

interface Frame {
  readonly context: FrameContext
  readonly parent: Frame | undefined
  readonly key: ChildKey | undefined
  readonly path: string
  state: FrameState | undefined
  readonly lists: Map<string, readonly Json[]>
  /** Lists that are kept when the transition is over. */
  readonly nextLists: Map<string, readonly Json[]>
  readonly children: Map<string, string>
  readonly underWay: Set<string>
  readonly events: FlowEvent[]
  isAwake: boolean
  input: Json
  /** What takes the place of the input when the transition is over. */
  nextInput?: Json | undefined
}

interface Ready {
  readonly module: string
  readonly content: string
  readonly inputs: Readonly<Record<string, Json>>
}

interface Job {
  readonly frame: Frame
  readonly child: ChildKey
  readonly call: { readonly key: string; readonly ready: Ready }
  readonly run: StepRun
}

/**
 * Carries a flow out in memory, by `transition` alone. It is a shell that tells events in any order that is allowed, tells some of
 * them twice, and keeps states as text.
 */
export class MemoryShell {
  readonly #options: ShellOptions
  readonly #frames = new Map<string, Frame>()
  readonly #outcomes = new Map<string, { readonly result: Json }>()
  readonly #jobs: Job[] = []
  readonly #runs: StepRun[] = []
  readonly #commands: Command[] = []
  readonly #early: Json[] = []
  #ids = 0
  #clock = 0
  #stateLengthMax = 0
  #transitions = 0
  #end: { readonly status: string; readonly result: Json } | undefined

  constructor(options: ShellOptions) {
    this.#options = options
  }

  /** Runs the flow to its end. */
  run(): FlowRun {
    const id = this.#newId()
    this.#addFrame({
      context: {
        id,
        pointer: { kind: 'root' },
        index: undefined,
        before: { kind: 'input', frame: id },
        isTriggered: this.#options.isTriggered === true,
      },
      parent: undefined,
      key: undefined,
      path: '',
    })

    while (this.#end === undefined) this.#step()
    return {
      ...this.#end,
      runs: this.#runs,
      commands: this.#commands,
      early: this.#early,
      stateLengthMax: this.#stateLengthMax,
      transitions: this.#transitions,
    }
  }

  /** One thing that may happen next: a job ends, or an event reaches its frame. */
  #step(): void {
    const frames = [...this.#frames.values()].filter((frame) => frame.events.length > 0 || this.#isDue(frame))
    const choice = this.#options.pick(frames.length + this.#jobs.length)
    const frame = frames[choice]
    if (frame) return this.#tell(frame)
    const [job] = this.#jobs.splice(choice - frames.length, 1)
    invariant(job !== undefined, 'the flow is stuck: nothing is under way and it is not over')
    this.#endJob(job)
  }

  /** A frame that awaits events is woken only where nobody is going to send them. */
  #isDue(frame: Frame): boolean {
    const { isAwake, state } = frame
    if (!isAwake) return false
    const current = state?.current
    return current?.phase !== 'awaiting' || this.#options.world.decide(`${frame.path}/${current.module}`) === 'timeout'
  }

  #tell(frame: Frame): void {
    const event = this.#nextEvent(frame)
    this.#deliver(frame, event)
    const isCounting = event.kind === 'ended' && isCounted(frame.state)
    const isRepeatable = event.kind !== 'due' && !isCounting && frame.state?.isOver !== true
    if (isRepeatable && this.#options.pick(4) === 0) this.#deliver(frame, event)
  }

  #nextEvent(frame: Frame): FlowEvent {
    const event = frame.events.splice(this.#options.pick(frame.events.length), 1)[0]
    if (event === undefined) {
      frame.isAwake = false
      return { kind: 'due' }
    }
    if (event.kind !== 'ended' || this.#options.pick(2) === 0) return event
    const others = frame.events.filter((other) => other.kind === 'ended')
    for (const other of others) frame.events.splice(frame.events.indexOf(other), 1)
    return { kind: 'ended', children: [event, ...others].flatMap(({ children }) => children) }
  }

  #deliver(frame: Frame, event: FlowEvent): void {
    this.#clock += 1
    this.#transitions += 1
    invariant(this.#transitions < TRANSITIONS_MAX, 'the flow does not end')
    const answers = new Map<string, Answer>()
    const ready = new Map<string, Ready>()
    const lists = new Map<string, readonly Json[]>()
    const inputs = new Map<string, Json>()
    for (;;) {
      const snapshot = { flow: this.#options.flow, context: frame.context, state: frame.state }
      const result = transition(snapshot, event, answers)
      invariant(
        isDeepStrictEqual(result, transition(snapshot, event, answers)),
        'the same arguments give the same transition',
      )
      if (result.kind === 'next') {
        const text = JSON.stringify(result.state)
        frame.nextLists.clear()
        this.#stateLengthMax = Math.max(this.#stateLengthMax, text.length)
        frame.state = JSON.parse(text)
        for (const command of result.commands) this.#carryOut(frame, command, { ready, lists, inputs })
        return
      }
      for (const ask of result.asks) {
        invariant(!answers.has(ask.slot), `${ask.slot} is asked twice`)
        answers.set(ask.slot, this.#answer(frame, ask, { ready, lists, inputs }))
      }
    }
  }

  #answer(frame: Frame, ask: Ask, kept: Kept): Answer {
    if (ask.kind === 'input') {
      const value = this.resolve(ask.result)
      if (!isObject(value)) return failed('NoObject', 'no object')
      kept.inputs.set(ask.slot, value)
      frame.nextInput = value
      return { kind: 'input' }
    }
    const sight = this.#sight(frame, ask.scope)
    if (ask.kind === 'job') return this.#makeReady(ask, sight, kept)

    const evaluated = evaluate(ask.transform, sight)
    if (!evaluated.ok) return { kind: 'failed', error: evaluated.error }
    if (ask.kind === 'value') return { kind: 'value', value: evaluated.value ?? null }
    if (!Array.isArray(evaluated.value)) return failed('NoList', 'no list')
    kept.lists.set(ask.slot, evaluated.value)
    frame.nextLists.set(ask.module, evaluated.value)
    return { kind: 'list', length: evaluated.value.length }
  }

  #makeReady(ask: Extract<Ask, { kind: 'job' }>, sight: Sight, kept: Kept): Answer {
    const inputs: Record<string, Json> = {}
    for (const [name, transform] of Object.entries(ask.inputs)) {
      const evaluated = evaluate(transform, sight)
      if (!evaluated.ok) return { kind: 'failed', error: evaluated.error }
      if (evaluated.value !== undefined) inputs[name] = evaluated.value
    }
    kept.ready.set(ask.slot, { module: ask.module, content: contentOf(ask.runnable), inputs })
    return { kind: 'job' }
  }

  #sight(frame: Frame, scope: Scope): Sight {
    const { result, error } = scope
    return {
      flow_input: this.#flowInput(frame, scope),
      results: { ...this.#results(frame.parent), ...this.#known(scope.ended) },
      previous_result: this.resolve(scope.previous),
      ...(result === undefined ? {} : { result: this.resolve(result) }),
      ...(error === undefined ? {} : { error: errorIn(withStep(this.resolve(error.result), error.step)) }),
    }
  }

  #flowInput(frame: Frame, scope: Scope): Json {
    const input = inputOf(rootOf(frame))
    invariant(isObject(input), 'the input is an object')
    const iteration = scope.iteration === undefined ? iterationOf(frame) : { frame, ...scope.iteration }
    if (iteration === undefined) return input
    const { module, index } = iteration
    const value = this.resolve({ kind: 'item', frame: iteration.frame.context.id, module, index })
    return { ...input, iter: { value, index } }
  }

  #results(frame: Frame | undefined): Record<string, Json> {
    if (frame === undefined) return {}
    return { ...this.#results(frame.parent), ...this.#known(frame.state?.ended ?? {}) }
  }

  #known(ended: Scope['ended']): Record<string, Json> {
    return Object.fromEntries(Object.entries(ended).map(([id, end]) => [id, this.resolve(end.result)]))
  }

  resolve(ref: ResultRef): Json {
    switch (ref.kind) {
      case 'job':
        return this.#outcomes.get(ref.id)?.result ?? null
      case 'children':
        return Array.from({ length: ref.count }, (_, index) => {
          const id = this.#frame(ref.frame).children.get(keyText({ ...ref, index }))
          invariant(id !== undefined, `there is no child ${index} of ${ref.module}`)
          return this.#outcomes.get(id)?.result ?? null
        })
      case 'input':
        return inputOf(this.#frame(ref.frame))
      case 'item':
        return this.#item(ref)
      case 'mock':
        return this.#options.flow.places.get(ref.module)?.module.mock?.return_value ?? null
      case 'error': {
        const { error, result } = ref
        return { error: { ...error, ...(result === undefined ? {} : { result: this.resolve(result) }) } }
      }
      case 'null':
        return null
    }
  }

  #item({ frame, module, index }: Extract<ResultRef, { kind: 'item' }>): Json {
    const { lists, nextLists } = this.#frame(frame)
    const items = nextLists.get(module) ?? lists.get(module)
    return items === undefined ? index : (items[index] ?? null)
  }

  #carryOut(frame: Frame, command: Command, kept: Kept): void {
    this.#commands.push(command)
    switch (command.kind) {
      case 'start':
        return this.#startJob(frame, command.child, kept.ready.get(command.slot))
      case 'startFrame':
        return this.#startFrame(frame, command)
      case 'keepList':
        frame.lists.set(command.module, kept.lists.get(command.slot) ?? [])
        return undefined
      case 'keepInput':
        frame.input = kept.inputs.get(command.slot) ?? null
        frame.nextInput = undefined
        return undefined
      case 'wake':
        frame.isAwake = command.afterMs !== undefined
        return undefined
      case 'expectEvents':
        this.#sendEvents(frame, command.module, command.required)
        return undefined
      case 'expectNoEvents':
        return undefined
      case 'returnEarly':
        this.#early.push(this.resolve(command.result))
        return undefined
      case 'finish':
        return this.#finish(frame, command.end)
    }
  }

  #sendEvents(frame: Frame, module: string, required: number): void {
    const decision = this.#options.world.decide(`${frame.path}/${module}`)
    if (decision === 'disapprove')
      frame.events.push({ kind: 'resumed', module, approvals: required - 1, isDisapproved: true })
    if (decision === 'approve')
      frame.events.push({ kind: 'resumed', module, approvals: required, isDisapproved: false })
  }

  #startJob(frame: Frame, child: ChildKey, ready: Ready | undefined): void {
    invariant(ready !== undefined, 'a job is started that was not made ready')
    const around = ready.module === child.module ? frame.path : `${frame.path}/${pathPart(child)}`
    const failures = ready.module === child.module ? child.failures : 0
    const key = `${around}/${ready.module}#${failures}`
    const run = { key, startedAt: this.#clock, endedAt: Infinity }
    this.#runs.push(run)
    this.#jobs.push({ frame, child, call: { key, ready }, run })
    this.#addChild(frame, child, this.#newId())
  }

  #startFrame(parent: Frame, command: Extract<Command, { kind: 'startFrame' }>): void {
    const { pointer, child, previous, resumed } = command
    const id = this.#newId()
    this.#addChild(parent, child, id)
    this.#addFrame({
      context: {
        id,
        pointer,
        index: pointer.kind === 'body' ? child.index : undefined,
        before: previous,
        isTriggered: false,
        ...(resumed === undefined ? {} : { resumed }),
      },
      parent,
      key: child,
      path: `${parent.path}/${pathPart(child)}`,
    })
  }

  #endJob({ frame, child, call, run }: Job): void {
    this.#clock += 1
    run.endedAt = this.#clock
    const failures = Number(call.key.slice(call.key.lastIndexOf('#') + 1))
    const { content, inputs } = call.ready
    const { status, result } = this.#options.world.runStep({ key: call.key, content, inputs, failures })
    this.#endChild(frame, child, {
      status,
      result: status === 'success' ? result : withStep(result, call.ready.module),
    })
  }

  #endChild(frame: Frame, child: ChildKey, end: { status: ChildEnd['status']; result: Json; stopped?: boolean }): void {
    const text = keyText(child)
    const job = frame.children.get(text)
    invariant(job !== undefined && frame.underWay.delete(text), `${text} ends twice`)
    this.#outcomes.set(job, { result: end.result })
    const { status, stopped } = end
    frame.events.push({
      kind: 'ended',
      children: [{ ...child, job, status, ...(stopped === true ? { stopped } : {}) }],
    })
  }

  #finish(frame: Frame, end: Extract<Command, { kind: 'finish' }>['end']): void {
    invariant(frame.underWay.size === 0, 'a frame ends while children are under way')
    const result = withStep(this.resolve(end.result), end.step)
    frame.events.splice(0)
    frame.isAwake = false
    if (frame.parent === undefined || frame.key === undefined) {
      this.#end = { status: end.status, result }
      return
    }
    this.#endChild(frame.parent, frame.key, { status: end.status, result, stopped: end.stopped })
  }

  #addChild(frame: Frame, child: ChildKey, id: string): void {
    const text = keyText(child)
    invariant(!frame.children.has(text), `${text} is started twice`)
    frame.children.set(text, id)
    frame.underWay.add(text)
  }

  #addFrame(frame: Pick<Frame, 'context' | 'parent' | 'key' | 'path'>): void {
    this.#frames.set(frame.context.id, {
      ...frame,
      state: undefined,
      lists: new Map(),
      nextLists: new Map(),
      children: new Map(),
      underWay: new Set(),
      events: [{ kind: 'started' }],
      isAwake: false,
      input: this.#options.input,
    })
  }

  #frame(id: string): Frame {
    const frame = this.#frames.get(id)
    invariant(frame !== undefined, `there is no frame ${id}`)
    return frame
  }

  #newId(): string {
    this.#ids += 1
    return `j${this.#ids}`
  }
}

interface Kept {
  readonly ready: Map<string, Ready>
  readonly lists: Map<string, readonly Json[]>
  readonly inputs: Map<string, Json>
}

/** Whether the module under way counts children that run together. */
function isCounted(state: FrameState | undefined): boolean {
  const cursor = state?.current?.cursor
  return typeof cursor === 'object' && cursor !== null && 'width' in cursor && cursor['width'] !== 1
}

function iterationOf(
  frame: Frame,
): { readonly frame: Frame; readonly module: string; readonly index: number } | undefined {
  for (let at: Frame | undefined = frame; at?.parent !== undefined; at = at.parent) {
    const { pointer, index } = at.context
    if (pointer.kind === 'body' && index !== undefined) return { frame: at.parent, module: pointer.module, index }
  }
  return undefined
}

function inputOf(frame: Frame): Json {
  return frame.nextInput ?? frame.input
}

function rootOf(frame: Frame): Frame {
  return frame.parent === undefined ? frame : rootOf(frame.parent)
}

function contentOf(runnable: Runnable): string {
  return runnable.kind === 'code' ? runnable.content : '{}'
}

function failed(name: string, message: string): Answer {
  return { kind: 'failed', error: { name, message } }
}

function keyText({ module, index, failures }: ChildKey): string {
  return `${module}.${index}.${failures}`
}

function pathPart(child: ChildKey): string {
  return keyText(child)
}
