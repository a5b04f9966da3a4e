import { walkModules } from './walk-modules.ts'

/** An expression in a document, and where it stands there. */
export interface PlacedExpression {
  readonly expr: string
  /** Id of the module that it belongs to; undefined where it is the flow's own. */
  readonly module: string | undefined
  readonly path: string
}

/** Options of modules that are conditions. */
const CONDITIONS = ['skip_if', 'stop_after_if', 'stop_after_all_iters_if'] as const
/** Options of modules that are inputs, which may be expressions. */
const INPUTS = ['sleep', 'timeout'] as const
/** The same of what modules do. */
const VALUE_INPUTS = ['iterator', 'parallelism'] as const

/** Every expression of a document. */
export function* walkExpressions(document: unknown): Generator<PlacedExpression, void, undefined> {
  const skip = at(document, 'skip_expr')
  if (typeof skip === 'string') yield { expr: skip, module: undefined, path: 'skip_expr' }
  for (const { id, path, module, value } of walkModules(document)) {
    const found = [...optionExpressions(module), ...valueExpressions(value)]
    for (const [place, expr] of found) yield { expr, module: id, path: `${path}.${place}` }
  }
}

type Found = readonly [path: string, expr: string]

function* optionExpressions(module: unknown): Generator<Found, void, undefined> {
  for (const name of CONDITIONS) yield* conditionAt(module, name, name)
  yield* conditionAt(at(module, 'retry'), 'retry_if', 'retry.retry_if')
  for (const name of INPUTS) yield* inputAt(module, name, name)
  yield* inputAt(at(module, 'suspend'), 'user_groups_required', 'suspend.user_groups_required')
}

function* valueExpressions(value: unknown): Generator<Found, void, undefined> {
  for (const name of VALUE_INPUTS) yield* inputAt(value, name, `value.${name}`)
  const inputs = at(value, 'input_transforms')
  if (typeof inputs === 'object' && inputs !== null)
    for (const name of Object.keys(inputs)) yield* inputAt(inputs, name, `value.input_transforms.${name}`)
  const branches = at(value, 'branches')
  if (!Array.isArray(branches)) return
  for (const [index, branch] of branches.entries()) {
    const expr = at(branch, 'expr')
    if (typeof expr === 'string') yield [`value.branches[${index}].expr`, expr]
  }
}

function* conditionAt(node: unknown, name: string, path: string): Generator<Found, void, undefined> {
  const expr = at(at(node, name), 'expr')
  if (typeof expr === 'string') yield [`${path}.expr`, expr]
}

function* inputAt(node: unknown, name: string, path: string): Generator<Found, void, undefined> {
  const input = at(node, name)
  if (at(input, 'type') !== 'javascript') return
  const expr = at(input, 'expr')
  if (typeof expr === 'string') yield [`${path}.expr`, expr]
}

function at(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? Reflect.get(node, name) : undefined
}
