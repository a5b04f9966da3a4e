import { stepKind, type StepKind } from './step-kinds.ts'
import { stepMarks, type StepMark } from './step-marks.ts'

/** A module of a flow as it is drawn. */
export interface FlowStep {
  /** The module's id; where a document has none, or one twice, its place in the document. */
  readonly key: string
  readonly id: string
  readonly type: string
  readonly kind: StepKind
  readonly summary: string
  /** What it runs: a path, a language, a list. */
  readonly detail: string
  readonly marks: readonly StepMark[]
  readonly bodies: readonly StepBody[]
  /** Such as `modules[2].value.branches[0].modules[1]`. */
  readonly path: string
  readonly module: Json
}

/** The steps of a loop or of one branch. */
export interface StepBody {
  readonly branch: number | 'default' | undefined
  readonly label: string
  readonly steps: readonly FlowStep[]
}

/** A flow as it is drawn. */
export interface FlowTree {
  readonly steps: readonly FlowStep[]
  readonly preprocessor: FlowStep | undefined
  readonly failure: FlowStep | undefined
}

type Json = Readonly<Record<string, unknown>>

const EMPTY: FlowTree = { steps: [], preprocessor: undefined, failure: undefined }

/** Reads the `value` of a flow as far as it can be drawn: a document that is being typed has holes, and they are left out. */
export function readFlowTree(value: unknown): FlowTree {
  if (!isObject(value)) return EMPTY
  const reader = new Reader()
  return {
    preprocessor: reader.step(value['preprocessor_module'], 'preprocessor_module'),
    steps: reader.steps(value['modules'], 'modules'),
    failure: reader.step(value['failure_module'], 'failure_module'),
  }
}

/** Every step of a flow, containers before what is in them. */
export function* walkSteps(tree: FlowTree): Generator<FlowStep, void, undefined> {
  if (tree.preprocessor) yield tree.preprocessor
  yield* walkList(tree.steps)
  if (tree.failure) yield tree.failure
}

function* walkList(steps: readonly FlowStep[]): Generator<FlowStep, void, undefined> {
  for (const step of steps) {
    yield step
    for (const body of step.bodies) yield* walkList(body.steps)
  }
}

class Reader {
  readonly #keys = new Set<string>()

  steps(list: unknown, path: string): readonly FlowStep[] {
    if (!Array.isArray(list)) return []
    return list.flatMap((module: unknown, at) => this.step(module, `${path}[${at}]`) ?? [])
  }

  step(module: unknown, path: string): FlowStep | undefined {
    if (!isObject(module)) return undefined
    const value = isObject(module['value']) ? module['value'] : {}
    const id = text(module['id'])
    const type = text(value['type'])
    const key = id === '' || this.#keys.has(id) ? path : id
    this.#keys.add(key)
    return {
      key,
      id,
      type,
      kind: stepKind(type),
      summary: text(module['summary']),
      detail: detailOf(value),
      marks: stepMarks(module),
      bodies: this.#bodies(value, `${path}.value`),
      path,
      module,
    }
  }

  #bodies(value: Json, path: string): readonly StepBody[] {
    const { shape } = stepKind(text(value['type']))
    if (shape === 'loop')
      return [{ branch: undefined, label: '', steps: this.steps(value['modules'], `${path}.modules`) }]
    if (shape === 'plain') return []
    const branches = Array.isArray(value['branches']) ? value['branches'] : []
    const bodies = branches.map((branch: unknown, at): StepBody => {
      const fields = isObject(branch) ? branch : {}
      const label = text(fields['summary']) || text(fields['expr']) || `Branch ${at + 1}`
      return { branch: at, label, steps: this.steps(fields['modules'], `${path}.branches[${at}].modules`) }
    })
    if (!Array.isArray(value['default'])) return bodies
    return [
      ...bodies,
      { branch: 'default', label: 'Otherwise', steps: this.steps(value['default'], `${path}.default`) },
    ]
  }
}

function detailOf(value: Json): string {
  const { path, language, iterator } = value
  if (text(path) !== '' && text(language) === '') return text(path)
  if (text(language) !== '') return text(language)
  if (!isObject(iterator)) return ''
  return (
    text(iterator['expr']) || (iterator['value'] === undefined ? '' : JSON.stringify(iterator['value']).slice(0, 80))
  )
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
