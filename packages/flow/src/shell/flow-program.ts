import { err, ok, type Result } from '@millrace/base/result'
import { endsAtOnce } from '../core/definition/ends-at-once.ts'
import { parseFlow, type ParsedFlow } from '../core/definition/parse-flow.ts'
import type { Json } from '../core/json.ts'
import { transition } from '../core/transition.ts'
import type { FlowProgram } from './program.ts'

/** Reads the value of an OpenFlow document; the error says every problem and where it is. */
export function readProgram(value: unknown): Result<FlowProgram, string> {
  const parsed = parseFlow(value)
  if (!parsed.ok) return err(parsed.problems.map(({ path, message }) => `${path} ${message}`.trim()).join('; '))
  return ok(programOf(parsed.flow))
}

function programOf(flow: ParsedFlow): FlowProgram {
  return {
    transition: ({ context, state, event, answers }) => transition({ flow, context, state }, event, answers),
    mockOf: (module) => flow.places.get(module)?.module.mock?.return_value ?? null,
    endsAtOnce: (pointer) => endsAtOnce(flow, pointer),
    env: (flow.value.flow_env ?? {}) as Readonly<Record<string, Json>>,
  }
}
