import type { AwaitedAnswers, WaitingFor } from '@millrace/contracts'
import { formatCount, formatDistance } from '../ui/format-quantity.ts'

/** What a cause names, and where one looks next. */
export type WaitingSubject =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'worker'; readonly worker: string }

/** Why a run has not ended, in a few words for a row; absent while it simply runs. */
export function waitingPhrase(cause: WaitingFor, nowMs: number): string | undefined {
  switch (cause.cause) {
    case 'due':
      return `due ${distance(cause.at, nowMs)}`
    case 'debounce':
      return `gathers calls, due ${distance(cause.at, nowMs)}`
    case 'retry':
      return `attempt ${cause.failed_attempts + 1} of ${cause.attempts} ${distance(cause.at, nowMs)}`
    case 'concurrency_key':
      return `${cause.limit === 1 ? 'slot' : `${formatCount(cause.limit)} slots`} of ${cause.key} taken`
    case 'no_worker':
      return `no worker for ${cause.tag}`
    case 'workers_busy':
      return `${placeText(cause)} in line, workers busy`
    case 'position':
      return 'about to start'
    case 'suspended':
      if (cause.awaits) return `waits for ${answersText(cause.awaits.missing)} to ${cause.awaits.step}`
      return cause.on === 'event' ? 'waits for an event' : `waits for ${runsText(cause.children)} it started`
    case 'running':
      return undefined
    case 'cancel_asked':
      return cancelWords[cause.state]
    case 'worker_silent':
      return `worker silent for ${formatCount(cause.silent_s)} s`
  }
}

/** What the phrase names, to be linked; absent where it names nothing. */
export function waitingSubject(cause: WaitingFor): WaitingSubject | undefined {
  switch (cause.cause) {
    case 'concurrency_key': {
      const [only, ...others] = cause.held_by
      if (only !== undefined && others.length === 0) return { kind: 'run', id: only }
      return { kind: 'key', key: cause.key }
    }
    case 'no_worker':
    case 'workers_busy':
    case 'position':
      return { kind: 'tag', tag: cause.tag }
    case 'cancel_asked':
      return { kind: 'worker', worker: cause.worker }
    case 'worker_silent':
      return cause.worker === undefined ? undefined : { kind: 'worker', worker: cause.worker }
    case 'suspended':
      return cause.awaits?.run === undefined ? undefined : { kind: 'run', id: cause.awaits.run }
    case 'due':
    case 'debounce':
    case 'retry':
    case 'running':
      return undefined
  }
}

/** Whether a run waits for a time that "run now" can bring forward. */
export function isScheduled({ cause }: WaitingFor): boolean {
  return cause === 'due' || cause === 'debounce' || cause === 'retry'
}

/** How far the request to end a run has come. */
const cancelWords = {
  asked: 'asked to end',
  signalled: 'told to end',
  killed: 'killed, about to end',
} as const

/** A place in a line: `3rd`, or `behind 1,000`. */
export function placeText(place: { readonly position: number; readonly position_is_at_least: boolean }): string {
  if (place.position_is_at_least) return `behind ${formatCount(place.position - 1)}`
  return `${formatCount(place.position)}${ORDINALS[ordinals.select(place.position)] ?? 'th'}`
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const ORDINALS: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = { one: 'st', two: 'nd', few: 'rd' }

/** `1 answer`, `2 answers`. */
export function answersText(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'answer' : 'answers'}`
}

/** Who may give an answer that is missing. */
export function answererText({ members_only: isMembersOnly, groups, not_by: notBy }: AwaitedAnswers): string {
  const others = notBy === undefined ? '' : `, but not by ${notBy}`
  if (groups) return `by members of ${groups.join(', ')}${others}`
  return isMembersOnly ? `by members of the workspace${others}` : 'by whoever has an address to answer with'
}

/** `1 run`, `1,234 runs`. */
export function runsText(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'run' : 'runs'}`
}

/** An instant that is past is about to be acted upon. */
function distance(at: string, nowMs: number): string {
  return Date.parse(at) <= nowMs ? 'now' : formatDistance(at, nowMs)
}
