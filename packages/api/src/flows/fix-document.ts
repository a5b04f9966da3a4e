import { createHash } from 'node:crypto'
import { Problem } from '@millrace/base/problem'
import type { ChangedPart, FlowChange, FlowValue } from '@millrace/contracts'
import { findScriptByHash, findServingScript } from '@millrace/db/tables/script'
import { editDocument, walkModules, type ModuleEdit, type PlacedModule } from '@millrace/flow'
import type { WorkspaceContext } from '../http/implement.ts'
import { isObject } from '../http/parse-json.ts'
import { checkFlow } from './check-flow.ts'

/** A document with what was changed of it. */
export interface FixedDocument {
  readonly document: FlowValue
  readonly parts: readonly ChangedPart[]
  /** Steps that give what somebody said. */
  readonly pinned: ReadonlySet<string>
}

/** Throws `flow_run.step_not_found` for a step that is not there, and `flow.invalid`. */
export async function fixDocument(
  cx: WorkspaceContext,
  document: FlowValue,
  changes: readonly FlowChange[],
): Promise<FixedDocument> {
  const modules = new Map([...walkModules(document)].map((module) => [module.id, module]))
  const edits = new Map<string, ModuleEdit>()
  const parts: ChangedPart[] = []
  const pinned = new Set<string>()
  for (const change of changes) {
    const module = modules.get(change.step_id)
    if (!module)
      throw new Problem('flow_run.step_not_found', `The flow that ran has no step "${change.step_id}" to be changed.`)
    edits.set(change.step_id, await editOf(cx, module, change))
    parts.push(...partsOf(module, change))
    if ('result' in change) pinned.add(change.step_id)
  }
  const fixed = editDocument(document, edits)
  checkFlow(fixed)
  return { document: fixed, parts, pinned }
}

/** SHA-256 of the JSON text, in hex. */
export function digest(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(value) ?? 'null')
    .digest('hex')
}

async function editOf(cx: WorkspaceContext, module: PlacedModule, change: FlowChange): Promise<ModuleEdit> {
  const { code, inputs, step_id: step } = change
  const mock = 'result' in change ? { mock: change.result ?? null } : {}
  if (code === undefined && inputs === undefined) return mock
  const coded = code === undefined ? module.value : await withCode(cx, module, code)
  if (inputs === undefined) return { ...mock, value: coded }
  const before = coded['input_transforms']
  if (!isObject(before))
    throw new Problem('request.invalid', `The step "${step}" has no inputs of its own: change a step inside of it.`)
  return { ...mock, value: { ...coded, input_transforms: { ...before, ...inputs } } }
}

/** The packages of other code are found anew when it runs. */
async function withCode(
  cx: WorkspaceContext,
  { id, value }: PlacedModule,
  content: string,
): Promise<PlacedModule['value']> {
  const { lock: _lock, type, ...rest } = value
  if (type === 'rawscript') return { ...rest, type, content }
  const { path, hash, input_transforms } = rest
  if (type !== 'script' || typeof path !== 'string')
    throw new Problem(
      'request.invalid',
      `The step "${id}" runs no code that could be changed: change a step inside of it.`,
    )
  const { kysely } = cx.db
  const script = await (typeof hash === 'string'
    ? findScriptByHash(kysely, cx.workspace, hash)
    : findServingScript(kysely, cx.workspace, path))
  if (!script) throw new Problem('script.not_found', `The script ${path} of the step "${id}" is not there any more.`)
  return { type: 'rawscript', language: script.language, content, path, input_transforms }
}

function partsOf({ value, module }: PlacedModule, change: FlowChange): ChangedPart[] {
  const { step_id, code, inputs = {} } = change
  const { content, path } = value
  const before = isObject(value['input_transforms']) ? value['input_transforms'] : {}
  const mock = isObject(module['mock']) ? module['mock']['return_value'] : undefined
  return [
    ...(code === undefined ? [] : [part({ step_id, what: 'code' }, content ?? path, code)]),
    ...Object.entries(inputs).map(([name, input]) => part({ step_id, what: 'input', name }, before[name], input)),
    ...('result' in change ? [part({ step_id, what: 'result' }, mock, change.result ?? null)] : []),
  ]
}

/** One part of what was changed; `before` is undefined where nothing was there. */
export function part(
  what: Omit<ChangedPart, 'before_hash' | 'after_hash'>,
  before: unknown,
  after: unknown,
): ChangedPart {
  return { ...what, before_hash: before === undefined ? null : digest(before), after_hash: digest(after) }
}
