import type { Fault } from './fault.ts'
import type { Entry } from './history.ts'
import { askOf, type Story } from './story.ts'

/** How a limit was used, from the first claim of a job with its key until the last such job had ended. */
export interface LimitUse {
  readonly key: string
  readonly slots: number
  readonly max: number
  /** Share of the slots' time in which a worker held a job of the key. */
  readonly utilisation: number
}

/** The use of all keys that a history names. */
export function limitUses(history: readonly Entry[], stories: ReadonlyMap<string, Story>): readonly LimitUse[] {
  const keys = new Map<string, { readonly slots: number; readonly spans: Span[] }>()
  for (const story of stories.values()) {
    const limit = askOf(story)?.job.limit
    if (!limit) continue
    const key = keys.get(limit.key) ?? { slots: limit.slots, spans: [] }
    keys.set(limit.key, key)
    key.spans.push(...heldSpans(story, history.at(-1)?.toMs ?? Infinity))
  }
  return [...keys].map(([key, { slots, spans }]) => ({ key, slots, ...measure(spans, slots) }))
}

/** Q25: no more jobs of a key are held at once than it allows. */
export function checkLimits(history: readonly Entry[], stories: ReadonlyMap<string, Story>): readonly Fault[] {
  return limitUses(history, stories)
    .filter(({ slots, max }) => max > slots)
    .map(({ key, slots, max }) => ({ rule: 'Q25', says: `${max} jobs of the key ${key} ran at once, ${slots} may` }))
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

function heldSpans({ notes }: Story, historyEndMs: number): readonly Span[] {
  const spans: Span[] = []
  notes.forEach((note, index) => {
    if (note.op === 'claim') spans.push({ fromMs: note.fromMs, toMs: notes[index + 1]?.fromMs ?? historyEndMs })
  })
  return spans
}

function measure(spans: readonly Span[], slots: number): { readonly max: number; readonly utilisation: number } {
  // What ends in an instant ends before what begins in it.
  const steps = spans
    .flatMap((span) => [
      { atMs: span.fromMs, by: 1 },
      { atMs: span.toMs, by: -1 },
    ])
    .sort((one, other) => one.atMs - other.atMs || one.by - other.by)
  let held = 0
  let max = 0
  for (const { by } of steps) max = Math.max(max, (held += by))
  const heldMs = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0)
  const elapsedMs = (steps.at(-1)?.atMs ?? 0) - (steps[0]?.atMs ?? 0)
  return { max, utilisation: elapsedMs > 0 ? heldMs / (slots * elapsedMs) : 0 }
}
