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
  FrameState,
  Runnable,
  Together,
} from '../protocol.ts'
import { transition } from '../transition.ts'
import { keyText, MemoryStore, type Frame } from './memory-store.ts'
import { evaluate, isObject, withStep, type Sight, type World } from './world.ts'

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
  /** Where it was to run, and with which folder. */
  readonly together: Together | undefined
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

/**
 * Carries a flow out in memory, by `transition` alone. It is a shell that tells events in any order that is allowed, tells some of
 * them twice, and keeps states as text.
 */
export class MemoryShell {
  readonly #options: ShellOptions
  readonly #store: MemoryStore
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
    this.#store = new MemoryStore(options.flow, options.input)
  }

  /** Runs the flow to its end. */
  run(): FlowRun {
    const id = this.#newId()
    this.#store.addFrame({
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
    const frames = this.#store.frames.filter((frame) => frame.events.length > 0 || this.#isDue(frame))
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
    if (ask.kind === 'place') return { kind: 'place', place: `worker${this.#options.pick(3)}` }
    if (ask.kind === 'input') {
      const value = this.#store.resolve(ask.result)
      if (!isObject(value)) return failed('NoObject', 'no object')
      kept.inputs.set(ask.slot, value)
      frame.nextInput = value
      return { kind: 'input' }
    }
    const sight = this.#store.sight(frame, ask.scope)
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
    const { together } = ask.options
    kept.ready.set(ask.slot, { module: ask.module, content: contentOf(ask.runnable), inputs, together })
    return { kind: 'job' }
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
        this.#early.push(this.#store.resolve(command.result))
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
    const around = ready.module === child.module ? frame.path : `${frame.path}/${keyText(child)}`
    const failures = ready.module === child.module ? child.failures : 0
    const key = `${around}/${ready.module}#${failures}`
    const run = { key, startedAt: this.#clock, endedAt: Infinity, together: ready.together }
    this.#runs.push(run)
    this.#jobs.push({ frame, child, call: { key, ready }, run })
    this.#addChild(frame, child, this.#newId())
  }

  #startFrame(parent: Frame, command: Extract<Command, { kind: 'startFrame' }>): void {
    const { pointer, child, previous, resumed, together } = command
    const id = this.#newId()
    this.#addChild(parent, child, id)
    this.#store.addFrame({
      context: {
        id,
        pointer,
        index: pointer.kind === 'body' ? child.index : undefined,
        before: previous,
        isTriggered: false,
        ...(resumed === undefined ? {} : { resumed }),
        ...(together === undefined ? {} : { together }),
      },
      parent,
      key: child,
      path: `${parent.path}/${keyText(child)}`,
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
    this.#store.keepOutcome(job, end.result)
    const { status, stopped } = end
    frame.events.push({
      kind: 'ended',
      children: [{ ...child, job, status, ...(stopped === true ? { stopped } : {}) }],
    })
  }

  #finish(frame: Frame, end: Extract<Command, { kind: 'finish' }>['end']): void {
    invariant(frame.underWay.size === 0, 'a frame ends while children are under way')
    const result = withStep(this.#store.resolve(end.result), end.step)
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

  #newId(): string {
    this.#ids += 1
    return `j${this.#ids}`
  }
}

interface Ready {
  readonly module: string
  readonly content: string
  readonly inputs: Readonly<Record<string, Json>>
  readonly together: Together | undefined
}

interface Job {
  readonly frame: Frame
  readonly child: ChildKey
  readonly call: { readonly key: string; readonly ready: Ready }
  readonly run: StepRun
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

function contentOf(runnable: Runnable): string {
  return runnable.kind === 'code' ? runnable.content : '{}'
}

function failed(name: string, message: string): Answer {
  return { kind: 'failed', error: { name, message } }
}
