import { Problem } from '@millrace/base/problem'
import type { FlowFault, FlowValue } from '@millrace/contracts'
import type { WorkspaceTransaction } from '@millrace/db'
import { findFlowsThatReach } from '@millrace/db/tables/flow-step'
import { analyse, parseFlow, walkExpressions, walkModules } from '@millrace/flow'
import { findRuntime } from '@millrace/runtimes'

/** Sentences of a reply name this many faults. */
const NAMED = 3
/** Faults that a reply lists. */
const LISTED_MAX = 100

/** Throws `flow.invalid` with everything that is wrong with a document. */
export function checkFlow(value: FlowValue): void {
  const faults = [...findFaults(value)].slice(0, LISTED_MAX)
  if (faults.length > 0) refuse(faults)
}

/** Throws `flow.invalid` where people could not talk with a flow that says they can. */
export function checkChat(value: FlowValue, schema: unknown): void {
  if (value.chat_input_enabled !== true) return
  const message = propertyOf(propertyOf(schema, 'properties'), 'user_message')
  if (propertyOf(message, 'type') === 'string') return
  refuse([
    {
      code: 'flow.document',
      path: 'chat_input_enabled',
      message: 'needs an input user_message that is a string, for what people say: add it to the schema',
    },
  ])
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** Throws `flow.invalid` where a flow, deployed at a path, would call itself by others. */
export async function refuseCycle(
  tx: WorkspaceTransaction,
  { workspace, path }: { readonly workspace: string; readonly path: string },
  value: FlowValue,
): Promise<void> {
  const calls = [...walkModules(value)].filter(({ value: step }) => step['type'] === 'flow')
  const called = calls.map(({ value: step }) => String(step['path']))
  if (called.length === 0) return
  const cyclic = new Set(await findFlowsThatReach(tx, { workspace, path }, called))
  const faults = calls
    .filter((_call, at) => cyclic.has(called[at] ?? ''))
    .map(({ id, path: place, value: step }): FlowFault => {
      const how = step['path'] === path ? 'is the flow itself' : `calls ${path} again`
      const message = `${String(step['path'])} ${how}, so that a run would never end: call another flow`
      return { code: 'flow.cycle', module: id, path: `${place}.value.path`, message }
    })
  if (faults.length > 0) refuse(faults)
}

function* findFaults(value: FlowValue): Generator<FlowFault, void, undefined> {
  if (JSON.stringify(value).includes('\\u0000'))
    yield { code: 'flow.nul', path: 'value', message: 'has a NUL character, which cannot be stored: take it out' }
  yield* findUnknownLanguages(value)
  yield* findUnreadable(value)
  const parsed = parseFlow(value)
  if (parsed.ok) return
  const modules = [...walkModules(value)].reverse()
  for (const { path, message } of parsed.problems) {
    const module = modules.find((each) => path === each.path || path.startsWith(`${each.path}.`))?.id
    yield { code: 'flow.document', ...(module && { module }), path: path === '' ? 'value' : path, message }
  }
}

function* findUnknownLanguages(value: FlowValue): Generator<FlowFault, void, undefined> {
  for (const { id, path, value: step } of walkModules(value)) {
    const { type, language } = step
    if (type !== 'rawscript' || typeof language !== 'string' || findRuntime(language)) continue
    const message = `is "${language.slice(0, 50)}", which is no language of this server: see GET /api/languages`
    yield { code: 'flow.language', module: id, path: `${path}.value.language`, message }
  }
}

/** Expressions that are no JavaScript. */
function* findUnreadable(value: FlowValue): Generator<FlowFault, void, undefined> {
  for (const { expr, module, path } of walkExpressions(value)) {
    const read = analyse(expr)
    if (read.ok) continue
    const { message, line, column } = read
    const where = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`
    yield {
      code: 'flow.expression',
      ...(module !== undefined && { module }),
      path,
      message: `cannot be read as JavaScript${where}: ${message}`,
    }
  }
}

function refuse(faults: readonly FlowFault[]): never {
  const named = faults.slice(0, NAMED).map(({ module, path, message }) => {
    const where = module === undefined ? path : `module "${module}" at ${path}`
    return `${where} ${message}`
  })
  const more = faults.length > NAMED ? `; and ${faults.length - NAMED} more` : ''
  throw new Problem('flow.invalid', `The flow cannot be run: ${named.join('; ')}${more}.`, { detail: { faults } })
}
