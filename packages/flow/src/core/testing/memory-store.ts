import { invariant } from '@millrace/base/invariant'
import type { ParsedFlow } from '../definition/parse-flow.ts'
import type { Json } from '../json.ts'
import type { ChildKey, FlowEvent, FrameContext, FrameState, ResultRef, Scope } from '../protocol.ts'
import { errorIn, isObject, withStep, type Sight } from './world.ts'

/** A frame, as a shell remembers it. */
export interface Frame {
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

/** What is known of a flow that runs in memory: its frames, and what its jobs gave. */
export class MemoryStore {
  readonly #flow: ParsedFlow
  readonly #input: Json
  readonly #frames = new Map<string, Frame>()
  readonly #outcomes = new Map<string, { readonly result: Json }>()

  constructor(flow: ParsedFlow, input: Json) {
    this.#flow = flow
    this.#input = input
  }

  get frames(): readonly Frame[] {
    return [...this.#frames.values()]
  }

  keepOutcome(job: string, result: Json): void {
    this.#outcomes.set(job, { result })
  }

  /** What an expression of the frame sees. */
  sight(frame: Frame, scope: Scope): Sight {
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
        return this.#flow.places.get(ref.module)?.module.mock?.return_value ?? null
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

  addFrame(frame: Pick<Frame, 'context' | 'parent' | 'key' | 'path'>): void {
    this.#frames.set(frame.context.id, {
      ...frame,
      state: undefined,
      lists: new Map(),
      nextLists: new Map(),
      children: new Map(),
      underWay: new Set(),
      events: [{ kind: 'started' }],
      isAwake: false,
      input: this.#input,
    })
  }

  #frame(id: string): Frame {
    const frame = this.#frames.get(id)
    invariant(frame !== undefined, `there is no frame ${id}`)
    return frame
  }
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

/** A child by its key. */
export function keyText({ module, index, failures }: ChildKey): string {
  return `${module}.${index}.${failures}`
}
