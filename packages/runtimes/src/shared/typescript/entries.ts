import type { JobInput } from '../../runtime.ts'
import type { Signature } from '../../signature.ts'
import { parseSignature, readFunctions } from './signature.ts'

/** How the wrapper calls an exported function: arguments by the order of its parameters, some of them made dates. */
export interface Call {
  readonly entry: string
  /** Undefined where the parameters could not be read. */
  readonly argNames: readonly string[] | undefined
  readonly dates: readonly string[]
}

/** The argument that names another exported function to be called than `main`. */
const OVERRIDE = '_ENTRYPOINT_OVERRIDE'

/** Reads a source once; the answer says what a job with some input calls. */
export function readCalls(source: string): (input: JobInput) => Call {
  const main = parseSignature(source)
  const others = readFunctions(source)
  return ({ args }) => {
    const override = args[OVERRIDE]
    if (typeof override !== 'string' || override === 'main') return callOf('main', main.ok ? main.value : undefined)
    return callOf(override, others.get(override))
  }
}

function callOf(entry: string, signature: Signature | undefined): Call {
  return {
    entry,
    argNames: signature?.args.map((arg) => arg.name),
    dates: signature?.args.filter((arg) => arg.typ === 'datetime').map((arg) => arg.name) ?? [],
  }
}
