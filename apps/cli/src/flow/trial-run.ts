import type { FlowModule, FlowValue } from '@millrace/contracts'
import { UsageError } from '../exit.ts'

/** What is different about a flow that is tried out. */
export interface Trial {
  /** Results by id of step, which does not run. */
  readonly mocks: ReadonlyMap<string, unknown>
  /** Messages by id of step, which fails with it. */
  readonly failures: ReadonlyMap<string, string>
  /** Sleeps and pauses before retries take no time. */
  readonly skipsTime: boolean
  /** Nobody is waited for, and no step takes its result from an earlier run. */
  readonly isAlone?: boolean
}

/** The document with what is to be tried out; throws a `UsageError` for a step that it does not have. */
export function toTrial(value: FlowValue, trial: Trial): FlowValue {
  const left = new Set([...trial.mocks.keys(), ...trial.failures.keys()])
  const changed = changeNode(value, trial, left)
  const [unknown] = left
  if (unknown !== undefined) throw new UsageError(`The flow has no step "${unknown}".`)
  return changed as FlowValue
}

/** Modules are found wherever they are nested; values of inputs are left alone. */
function changeNode(node: unknown, trial: Trial, left: Set<string>): unknown {
  if (Array.isArray(node)) return node.map((each) => changeNode(each, trial, left))
  if (typeof node !== 'object' || node === null) return node
  const changed = isModule(node) ? changeModule(node, trial, left) : node
  return Object.fromEntries(
    Object.entries(changed).map(([key, child]) => [
      key,
      key === 'input_transforms' || key === 'mock' ? child : changeNode(child, trial, left),
    ]),
  )
}

function isModule(node: object): node is FlowModule {
  if (!('id' in node) || !('value' in node)) return false
  return typeof node.value === 'object' && node.value !== null && 'type' in node.value
}

function changeModule(module: FlowModule, trial: Trial, left: Set<string>): FlowModule {
  const { mocks, failures, skipsTime, isAlone = false } = trial
  left.delete(module.id)
  const own = isAlone ? withoutOthers(module) : module
  const timeless = skipsTime ? withoutTime(own) : own
  const message = failures.get(module.id)
  if (message !== undefined) return { ...timeless, mock: undefined, value: failing(message) }
  if (!mocks.has(module.id)) return timeless
  return { ...timeless, mock: { enabled: true, return_value: mocks.get(module.id) } }
}

/** Its condition throws: retries and `continue_on_error` see a step that failed. */
function failing(message: string): FlowModule['value'] {
  const expr = `(() => { throw new Error(${JSON.stringify(message)}) })()`
  return { type: 'branchone', branches: [{ expr, modules: [] }], default: [] }
}

function withoutOthers({ suspend: _suspend, cache_ttl: _ttl, ...module }: FlowModule): FlowModule {
  return module
}

function withoutTime(module: FlowModule): FlowModule {
  const { sleep: _sleep, retry, ...rest } = module
  if (typeof retry !== 'object' || retry === null) return rest
  const policies = Object.entries(retry).map(([key, policy]: [string, unknown]) => [
    key,
    key !== 'retry_if' && typeof policy === 'object' && policy !== null ? { ...policy, seconds: 0 } : policy,
  ])
  return { ...rest, retry: Object.fromEntries(policies) }
}
