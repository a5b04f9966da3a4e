import { FormSchema, FlowValue, type FlowFault } from '@millrace/contracts'
import { parseFlow } from '@millrace/flow/definition'
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'

/** Something wrong in the text, at a line from 1. */
export interface DocumentProblem {
  readonly line: number
  readonly message: string
  /** Where in the value of the flow, such as `modules[2].value`. */
  readonly path?: string | undefined
}

/** A flow as its text says. */
export interface FlowDocument {
  /** Whatever can be drawn of the value. */
  readonly value: unknown
  readonly schema: FormSchema
  readonly problems: readonly DocumentProblem[]
  /** Absent while there is a problem. */
  readonly flow: ReadFlow | undefined
  /** The line at which a place in the value stands; the nearest that is there. */
  lineOf(path: string): number
}

export interface ReadFlow {
  readonly summary: string
  readonly description: string
  readonly value: FlowValue
  readonly schema: FormSchema
}

const PROBLEMS_MAX = 100

/** Reads a flow from YAML and judges it by the rules that the engine has. */
export function readDocument(source: string): FlowDocument {
  const counter = new LineCounter()
  const document = parseDocument(source, { lineCounter: counter, prettyErrors: false })
  const lineAt = (offset: number) => Math.max(1, counter.linePos(offset).line)
  const lineOf = (path: string) => lineAt(offsetOf(document, ['value', ...keysOf(path)]))
  const broken = document.errors.map(({ message, pos }) => ({ line: lineAt(pos[0]), message }))
  const content: unknown = broken.length > 0 ? recover(document) : document.toJS({ maxAliasCount: 1000 })
  const { summary = '', description = '', value, schema } = asObject(content)
  const form = FormSchema.safeParse(schema ?? {})
  const problems = [
    ...broken,
    ...(broken.length > 0 ? [] : problemsOf(content, value).map((each) => ({ ...each, line: lineOf(each.path) }))),
    ...(form.success
      ? []
      : [{ line: lineAt(offsetOf(document, ['schema'])), message: 'schema is no JSON Schema of an object' }]),
  ].slice(0, PROBLEMS_MAX)
  const parsed = FlowValue.safeParse(value)
  const isGood = problems.length === 0 && parsed.success
  const read = { value, schema: form.data ?? {} }
  const flow = isGood
    ? { summary: text(summary), description: text(description), value: parsed.data, schema: read.schema }
    : undefined
  return { ...read, problems, flow, lineOf }
}

/** What the server found wrong, at its lines. */
export function problemsOfFaults(faults: readonly FlowFault[], document: FlowDocument): readonly DocumentProblem[] {
  return faults.map(({ path, message }) => ({
    line: document.lineOf(path === 'value' ? '' : path),
    message: `${path} ${message}`,
    path,
  }))
}

function problemsOf(content: unknown, value: unknown): readonly { readonly path: string; readonly message: string }[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return [{ path: '', message: 'A flow is an object with "summary" and "value".' }]
  if (value === undefined) return [{ path: '', message: 'value is missing: it has the "modules" of the flow.' }]
  const parsed = parseFlow(value)
  if (parsed.ok) return []
  return parsed.problems.map(({ path, message }) => ({ path, message: `${path === '' ? 'value' : path} ${message}` }))
}

/** Where the key of a place begins; of a place that is not there, the nearest around it. */
function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let depth = keys.length; depth > 0; depth -= 1) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(keys.slice(0, depth - 1), true)
    const last = keys[depth - 1]
    const pair = isMap(parent) ? parent.items.find(({ key }) => (isScalar(key) ? key.value : key) === last) : undefined
    if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0]
    const node: unknown = document.getIn(keys.slice(0, depth), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

/** `modules[2].value.expr` as keys. */
function keysOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) => (index === undefined ? part : Number(index)))
}

/** What can be read of a text that is no YAML yet, so that the drawing does not vanish while somebody types. */
function recover(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 })
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
