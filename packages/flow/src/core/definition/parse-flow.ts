import { invariant } from '@millrace/base/invariant'
import type { FramePointer } from '../protocol.ts'
import { findStepKind } from '../steps/registry.ts'
import type { StepKind } from '../steps/step-kind.ts'
import { earlyReturn } from '../module/early-return.ts'
import type { FlowModule } from './flow-module.ts'
import { misplacedOptions, toolFaults } from './misplaced-options.ts'
import { FlowValue } from './flow-value.ts'
import { sentence } from './module-schema.ts'
import { isTooDeep, NESTING_MAX } from './nesting.ts'

/** A flow that is well formed, with its modules by id. */
export interface ParsedFlow {
  readonly value: FlowValue
  readonly places: ReadonlyMap<string, ModulePlace>
  readonly frames: ReadonlyMap<string, readonly FlowModule[]>
}

/** Where a module is: in which frame, and at which position of it (-1: preprocessor and failure module). */
export interface ModulePlace {
  readonly module: FlowModule
  readonly kind: StepKind
  readonly pointer: FramePointer
  readonly position: number
}

/** What is wrong with a flow, and where: `modules[2].value.iterator` is missing: it must be an object. */
export interface FlowProblem {
  readonly path: string
  readonly message: string
}

export type Parsed =
  { readonly ok: true; readonly flow: ParsedFlow } | { readonly ok: false; readonly problems: readonly FlowProblem[] }

const RESERVED = new Set(['failure', 'preprocessor', 'Input'])

/** Reads the `value` of an OpenFlow document. Whether its expressions can be read is looked at elsewhere. */
export function parseFlow(value: unknown): Parsed {
  if (isTooDeep(value)) return refused([{ path: '', message: `is nested deeper than ${NESTING_MAX} levels of steps` }])
  const parsed = FlowValue.safeParse(value, { error: sentence })
  if (!parsed.success) return refused(parsed.error.issues.map((issue) => ({ ...issue, path: written(issue.path) })))

  const index = new FlowIndex(parsed.data)
  if (index.problems.length > 0) return refused(index.problems)
  return { ok: true, flow: { value: parsed.data, places: index.places, frames: index.frames } }
}

/** The modules that a frame runs; undefined where the flow has no such place. */
export function findModules(flow: ParsedFlow, pointer: FramePointer): readonly FlowModule[] | undefined {
  return flow.frames.get(frameKey(pointer))
}

function refused(problems: readonly FlowProblem[]): Parsed {
  return { ok: false, problems: problems.map(({ path, message }) => ({ path, message })) }
}

/** Goes through all modules once. */
class FlowIndex {
  readonly places = new Map<string, ModulePlace>()
  readonly frames = new Map<string, readonly FlowModule[]>()
  readonly problems: FlowProblem[] = []

  constructor(value: FlowValue) {
    this.#addFrame({ kind: 'root' }, value.modules, 'modules')
    this.#addApart(value.preprocessor_module, 'preprocessor', 'preprocessor_module')
    this.#addApart(value.failure_module, 'failure', 'failure_module')
    this.#checkEarlyReturn(value)
  }

  /** Who waits for the flow is answered by its own frame, which knows its own steps only. */
  #checkEarlyReturn({ early_return: wanted }: FlowValue): void {
    const id = earlyReturn(wanted)
    const place = id === undefined ? undefined : this.places.get(id)
    if (id === undefined || (place?.pointer.kind === 'root' && place.position >= 0)) return
    this.#refuse('early_return', `is ${id}: it must be the id of a step that is in no loop and in no branch`)
  }

  #addFrame(pointer: FramePointer, modules: readonly FlowModule[], path: string): void {
    this.frames.set(frameKey(pointer), modules)
    for (const [position, module] of modules.entries()) {
      const at = `${path}[${position}]`
      this.#checkId(module, at)
      const kind = kindOf(module)
      this.places.set(module.id, { module, kind, pointer, position })
      for (const { option, message } of misplacedOptions(module, kind)) this.#refuse(`${at}.${option}`, message)
      this.#addBodies(module, kind, at)
      this.#addTools(module, kind, at)
    }
  }

  #addTools(agent: FlowModule, { tools }: StepKind, path: string): void {
    for (const { module, position } of tools?.(agent.value) ?? []) {
      const at = `${path}.value.tools[${position}]`
      this.#checkId(module, at)
      const kind = kindOf(module)
      this.places.set(module.id, { module, kind, pointer: { kind: 'body', module: agent.id }, position })
      for (const { option, message } of toolFaults(module, kind)) this.#refuse(`${at}.${option}`, message)
    }
  }

  #checkId({ id }: FlowModule, at: string): void {
    if (RESERVED.has(id)) this.#refuse(at, `has the id ${id}, which is reserved: give it another`)
    if (this.places.has(id)) this.#refuse(at, `has the id ${id} of another module: give it its own`)
  }

  #addBodies(module: FlowModule, kind: StepKind, path: string): void {
    for (const { branch, modules } of kind.bodies(module.value)) {
      const pointer: FramePointer =
        branch === undefined ? { kind: 'body', module: module.id } : { kind: 'branch', module: module.id, branch }
      this.#addFrame(pointer, modules, `${path}.value.${bodyPath(branch)}`)
    }
  }

  /** The preprocessor or the failure module, which stand outside the list. */
  #addApart(module: FlowModule | undefined, id: string, path: string): void {
    if (module === undefined) return
    if (module.id !== id) this.#refuse(path, `has the id ${module.id}: it must be ${id}`)
    const kind = kindOf(module)
    if (kind.mayStandApart !== true) this.#refuse(path, `is a ${kind.id}: it must be a script or a rawscript`)
    this.places.set(id, { module, kind, pointer: { kind: 'root' }, position: -1 })
  }

  #refuse(path: string, message: string): void {
    this.problems.push({ path, message })
  }
}

function kindOf(module: FlowModule): StepKind {
  const kind = findStepKind(module.value.type)
  invariant(kind !== undefined, `a module of the kind ${module.value.type}, which is none, was read`)
  return kind
}

function bodyPath(branch: number | 'default' | undefined): string {
  if (branch === undefined) return 'modules'
  return branch === 'default' ? 'default' : `branches[${branch}].modules`
}

function frameKey(pointer: FramePointer): string {
  switch (pointer.kind) {
    case 'root':
      return 'root'
    case 'body':
      return `body ${pointer.module}`
    case 'branch':
      return `branch ${pointer.branch} ${pointer.module}`
  }
}

function written(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return before === '' ? String(key) : `${before}.${String(key)}`
  }, '')
}
