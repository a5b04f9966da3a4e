import type { Fault } from './fault.ts'
import type { Entry, EntryOf } from './history.ts'
import { askOf, endOf, type Story } from './story.ts'

/** Q15, Q16, Q17: what a cancel was asked for and what it answered is what came of it. */
export function checkCancels(history: readonly Entry[], stories: ReadonlyMap<string, Story>): readonly Fault[] {
  const below = childrenById(stories)
  return history.flatMap((cancel) => {
    if (cancel.op !== 'cancel' || !cancel.answer) return []
    const told = new Set([...cancel.answer.asked, ...cancel.answer.ended])
    return [
      ...cancel.answer.ended.flatMap((id) => checkEnded(stories.get(id), cancel)),
      ...cancel.answer.asked.flatMap((id) => checkAsked(stories.get(id), cancel)),
      ...[...told].flatMap((id) => checkUnfinished(stories.get(id), cancel)),
      ...passedOver(cancel, told, { stories, below }),
    ]
  })
}

function checkEnded(story: Story | undefined, { force }: EntryOf<'cancel'>): readonly Fault[] {
  const end = story && endOf(story)
  if (!end || end.status === 'canceled') return []
  const rule = force ? 'Q16' : 'Q15'
  return [{ rule, says: `job ${story.id}: the cancel said that it is over, and it ended in ${end.status}` }]
}

function checkAsked(story: Story | undefined, { fromMs, toMs }: EntryOf<'cancel'>): readonly Fault[] {
  const end = story && endOf(story)
  // A run that came to its end before it heard of the cancel keeps what came of it; success always counts.
  const wasOver = story?.completes.some((complete) => complete.answer === 'written' && complete.fromMs <= toMs)
  if (!end || end.status === 'canceled' || end.status === 'success' || wasOver || end.toMs < fromMs) return []
  return [{ rule: 'Q15', says: `job ${story.id}: it was asked to end and ended in ${end.status}` }]
}

function checkUnfinished(story: Story | undefined, { fromMs }: EntryOf<'cancel'>): readonly Fault[] {
  const end = story && endOf(story)
  if (!end || end.toMs >= fromMs) return []
  return [{ rule: 'Q17', says: `job ${story.id}: it was cancelled ${(fromMs - end.toMs).toFixed(0)} ms after its end` }]
}

interface Families {
  readonly stories: ReadonlyMap<string, Story>
  readonly below: ReadonlyMap<string, readonly string[]>
}

/** Jobs that were there before the cancel, were not over after it, and are not in its answer. */
function passedOver(
  cancel: EntryOf<'cancel'>,
  told: ReadonlySet<string>,
  { stories, below }: Families,
): readonly Fault[] {
  const isPassedOver = (id: string) => {
    const story = stories.get(id)
    const ask = story && askOf(story)
    if (!ask || ask.entry.answer !== 'done' || ask.entry.toMs > cancel.fromMs) return false
    return !told.has(id) && (endOf(story)?.fromMs ?? Infinity) > cancel.toMs
  }
  const passed = [...familyOf(cancel.ids, below)].filter(isPassedOver)
  return passed.map((id) => ({ rule: 'Q15', says: `job ${id}: the cancel passed it over` }))
}

function familyOf(ids: readonly string[], below: Families['below']): ReadonlySet<string> {
  const family = new Set(ids)
  for (const id of family) for (const child of below.get(id) ?? []) family.add(child)
  return family
}

function childrenById(stories: ReadonlyMap<string, Story>): Families['below'] {
  const below = new Map<string, string[]>()
  for (const story of stories.values()) {
    const parent = askOf(story)?.job.parent
    if (parent === undefined) continue
    const siblings = below.get(parent) ?? []
    below.set(parent, siblings)
    siblings.push(story.id)
  }
  return below
}
