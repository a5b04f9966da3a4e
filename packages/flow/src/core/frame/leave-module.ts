import { findNumber } from '../module/decided.ts'
import { earlyReturn } from '../module/early-return.ts'
import { failedAt } from '../module/failed-at.ts'
import { judgeStop, type StopAsk } from '../module/stop.ts'
import { awaitedInVain, awaitMs, disapproved, judgeEvents } from '../module/suspend.ts'
import type { FlowError, FrameState } from '../protocol.ts'
import type { Rule } from '../turn.ts'
import { failFrame, finishFrame } from './end-frame.ts'
import { nextModule } from './next-module.ts'
import { currentOf, kindOf, type AtModule, type ModuleProgress } from './run-module.ts'

type Ended = Extract<ModuleProgress, { kind: 'ended' }>

/** A module ended and the frame may go on: first come its conditions to stop, then what it owes: events, and a sleep. */
export function* leaveModule(before: AtModule, { end, events }: Ended): Rule<FrameState> {
  const { turn, module } = before
  const ended = { ...before.state.ended, [module.id]: end }
  if (end.isSkipped === true) return yield* nextModule(turn, { ...before.state, ended }, module)

  if (isEarlyReturn(before)) turn.give({ kind: 'returnEarly', result: end.result })
  const at: AtModule = { ...before, events, state: { ...before.state, ended, previous: end.result } }
  for (const stop of stopsOf(before, at)) {
    const verdict = yield* judgeStop(turn, stop)
    if (verdict.kind === 'go_on') continue
    if (events !== undefined) turn.give({ kind: 'expectNoEvents', module: module.id })
    if (verdict.kind === 'fail') return failFrame(turn, at.state, verdict.failed, verdict.isStop)
    const status = verdict.isSkipped ? 'skipped' : 'success'
    return finishFrame(turn, at.state, { status, result: end.result, stopped: true })
  }
  return yield* awaitEvents(at)
}

/** `stop_after_all_iters_if` is for what has iterations; loops judge `stop_after_if` after each of them. */
function stopsOf(before: AtModule, at: AtModule): readonly StopAsk[] {
  const { turn, module, state } = before
  const kind = kindOf(at)
  const ask = { step: module.id, result: at.state.previous, scope: { ...turn.scopeOf(state), ended: at.state.ended } }
  const all = kind.isRepeating === true ? module.stop_after_all_iters_if : undefined
  const own = kind.judgesStops?.(module.value) === true ? undefined : module.stop_after_if
  return [
    { ...ask, slot: `stop_all:${module.id}`, stop: all },
    { ...ask, slot: `stop:${module.id}`, stop: own },
  ]
}

/** Waits until the events have come that the module asked for, if it did. */
export function* awaitEvents(at: AtModule): Rule<FrameState> {
  const { turn, module, state, events } = at
  const { suspend } = module
  if (suspend === undefined || events === undefined) return yield* sleep(at)

  const verdict = judgeEvents(suspend, events)
  if (verdict === 'too_few') {
    if (state.current?.phase !== 'awaiting') turn.give({ kind: 'wake', afterMs: awaitMs(suspend) })
    return { ...state, current: currentOf(at, 'awaiting', null) }
  }
  return yield* afterEvents(at, verdict === 'disapproved' ? disapproved(module.id) : undefined)
}

/** The time for events is over. */
export function* awaitedTooLong(at: AtModule): Rule<FrameState> {
  const { suspend } = at.module
  return yield* afterEvents(at, suspend && awaitedInVain(at.module.id, suspend))
}

function* afterEvents(at: AtModule, error: FlowError | undefined): Rule<FrameState> {
  const { turn, module, state } = at
  turn.give({ kind: 'expectNoEvents', module: module.id })
  if (state.current?.phase === 'awaiting') turn.give({ kind: 'wake', afterMs: undefined })
  if (error !== undefined && module.suspend?.continue_on_disapprove_timeout !== true)
    return failFrame(turn, state, failedAt(module.id, error), false)

  return yield* sleep({ ...at, state: { ...state, resumed: { frame: turn.context.id, module: module.id } } })
}

function* sleep(at: AtModule): Rule<FrameState> {
  const { turn, module, state } = at
  if (module.sleep === undefined) return yield* nextModule(turn, state, module)

  const evaluated = yield* turn.value(`sleep:${module.id}`, module.sleep, turn.scopeOf(state))
  const seconds = evaluated.kind === 'value' ? findNumber(evaluated.value ?? 0, 0) : undefined
  if (seconds === undefined) {
    const error = evaluated.kind === 'failed' ? evaluated.error : badSleep(module.id, evaluated.value)
    return failFrame(turn, state, failedAt(module.id, error), false)
  }
  if (seconds === 0) return yield* nextModule(turn, state, module)
  turn.give({ kind: 'wake', afterMs: Math.round(seconds * 1000) })
  return { ...state, current: currentOf({ ...at, events: undefined }, 'sleeping', null) }
}

function badSleep(step: string, value: unknown): FlowError {
  const message = `the sleep of ${step} is ${JSON.stringify(value)}: it must be a number of seconds`
  return { name: 'BadSleep', message }
}

/** Whether callers get the result of this module, and need not wait for the end. */
function isEarlyReturn({ turn, module }: AtModule): boolean {
  return earlyReturn(turn.flow.value.early_return) === module.id
}
