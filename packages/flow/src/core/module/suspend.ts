import type { FlowModule } from '../definition/flow-module.ts'
import type { Suspend } from '../definition/options.ts'
import type { Json } from '../json.ts'
import type { FlowError, ModuleState, Scope } from '../protocol.ts'
import type { Rule, Turn } from '../turn.ts'

/** How long events are awaited where the module does not say. */
const AWAIT_S_DEFAULT = 1800

/** The events that came for a module. */
export type Events = NonNullable<ModuleState['events']>

/** Lets events come, from before the first run of the module: what it does may be what makes somebody answer at once. */
export function* expectEvents(turn: Turn, module: FlowModule, scope: Scope): Rule<Events | FlowError | undefined> {
  const { suspend } = module
  if (suspend === undefined || requiredEvents(suspend) === 0) return undefined

  const groups = suspend.user_groups_required
  const evaluated = groups && (yield* turn.value(`groups:${module.id}`, groups, scope))
  if (evaluated?.kind === 'failed') return evaluated.error
  turn.give({
    kind: 'expectEvents',
    module: module.id,
    required: requiredEvents(suspend),
    suspend: asked(suspend, evaluated?.value),
  })
  return { approvals: 0, isDisapproved: false }
}

/** What the events so far mean. */
export function judgeEvents(suspend: Suspend, events: Events): 'enough' | 'disapproved' | 'too_few' {
  if (events.isDisapproved) return 'disapproved'
  return events.approvals >= requiredEvents(suspend) ? 'enough' : 'too_few'
}

export function awaitMs(suspend: Suspend): number {
  return (suspend.timeout ?? AWAIT_S_DEFAULT) * 1000
}

export function disapproved(step: string): FlowError {
  return { name: 'Disapproved', message: `step ${step} was disapproved` }
}

export function awaitedInVain(step: string, suspend: Suspend): FlowError {
  const seconds = awaitMs(suspend) / 1000
  return { name: 'ApprovalTimeout', message: `step ${step} was not approved within ${seconds} s` }
}

function requiredEvents(suspend: Suspend): number {
  return suspend.required_events ?? 1
}

/** The fields that say who may answer, and what they are asked. */
function asked(suspend: Suspend, groups: Json | undefined): Json {
  const { user_auth_required, self_approval_disabled, hide_cancel, continue_on_disapprove_timeout } = suspend
  return {
    required_events: requiredEvents(suspend),
    timeout: awaitMs(suspend) / 1000,
    resume_form: suspend.resume_form && { schema: suspend.resume_form.schema },
    user_auth_required,
    user_groups_required: groups,
    self_approval_disabled,
    hide_cancel,
    continue_on_disapprove_timeout,
  }
}
