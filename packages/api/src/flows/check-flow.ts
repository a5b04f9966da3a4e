import { Problem } from '@millrace/base/problem'
import type { FlowFault, FlowValue } from '@millrace/contracts'

/** Sentences of a reply name this many faults. */
const NAMED = 3

/** Throws `flow.invalid` with everything that is wrong with a document. */
export function checkFlow(value: FlowValue): void {
  if (JSON.stringify(value).includes('\\u0000'))
    refuse([{ code: 'flow.nul', path: 'value', message: 'must not contain NUL characters' }])
}

/** Throws `flow.invalid`. */
export function refuse(faults: readonly FlowFault[]): never {
  const named = faults.slice(0, NAMED).map(({ module, path, message }) => {
    const where = module === undefined ? path : `module "${module}" (${path})`
    return `${where}: ${message}`
  })
  const more = faults.length > NAMED ? `; and ${faults.length - NAMED} more` : ''
  throw new Problem('flow.invalid', `The flow cannot be run. ${named.join('; ')}${more}.`, { detail: { faults } })
}
