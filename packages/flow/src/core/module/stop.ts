import type { StopAfterIf } from '../definition/options.ts'
import type { FlowErrorRef, ResultRef, Scope } from '../protocol.ts'
import type { Turn, Rule } from '../turn.ts'
import { holds } from './decided.ts'
import { failedAt } from './failed-at.ts'

/** A condition to stop, as it stands with a module. */
export interface StopAsk {
  readonly slot: string
  readonly stop: StopAfterIf | undefined
  /** The module that it stands with. */
  readonly step: string
  /** `result` of the expression. */
  readonly result: ResultRef
  readonly scope: Scope
}

/** What came of a condition to stop. */
export type StopVerdict =
  | { readonly kind: 'go_on' }
  | { readonly kind: 'stop'; readonly isSkipped: boolean }
  /** It holds and is to be an error, or it could not be judged. */
  | { readonly kind: 'fail'; readonly failed: FlowErrorRef; readonly isStop: boolean }

/** Judges a condition to stop by a result. */
export function* judgeStop(turn: Turn, ask: StopAsk): Rule<StopVerdict> {
  const { stop, step, result } = ask
  if (stop === undefined) return { kind: 'go_on' }

  const scope = { ...ask.scope, result }
  const evaluated = yield* turn.value(ask.slot, { type: 'javascript', expr: stop.expr }, scope)
  if (evaluated.kind === 'failed') return { kind: 'fail', failed: failedAt(step, evaluated.error), isStop: false }
  if (!holds(evaluated.value)) return { kind: 'go_on' }
  if (stop.error_message === undefined) return { kind: 'stop', isSkipped: stop.skip_if_stopped === true }

  const message = stop.error_message === '' ? `stopped after step ${step}` : stop.error_message
  const error = { name: 'Stopped', message, step_id: step }
  const told: ResultRef =
    stop.error_include_result === true ? { kind: 'error', error, result } : { kind: 'error', error }
  return { kind: 'fail', failed: { result: told, step }, isStop: true }
}
