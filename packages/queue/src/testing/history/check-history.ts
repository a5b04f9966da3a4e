import type { Entry } from './history.ts'
import { checkCancels } from './check-cancels.ts'
import { checkLimits } from './check-limits.ts'
import { checkStory, type Workers } from './check-story.ts'
import type { Fault } from './fault.ts'
import { tellStories } from './story.ts'

/**
 * Holds a history against the rules of SPEC.md: the faults in it, none when the queue kept its word. It looks at what clients,
 * workers and the database say and at nothing else, so that it can be tried on histories made by hand.
 */
export function checkHistory(history: readonly Entry[]): readonly Fault[] {
  const stories = tellStories(history)
  const workers = describeWorkers(history)
  return [
    ...[...stories.values()].flatMap((story) => checkStory(story, workers)),
    ...checkCancels(history, stories),
    ...checkCalls(history, stories),
    ...checkLimits(history, stories),
  ]
}

/** Q1: of a call whose answer is not known, all jobs are there or none. */
function checkCalls(history: readonly Entry[], stories: ReturnType<typeof tellStories>): readonly Fault[] {
  return history.flatMap((entry) => {
    if (entry.op !== 'enqueue' || entry.answer !== 'unknown') return []
    const there = entry.jobs.filter(({ id }) => {
      const story = stories.get(id)
      return story !== undefined && (story.isLeft || story.notes.length > 0 || story.sights.length > 0)
    })
    if (there.length === 0 || there.length === entry.jobs.length) return []
    return [{ rule: 'Q1', says: `${there.length} of the ${entry.jobs.length} jobs of a call were enqueued` }]
  })
}

function describeWorkers(history: readonly Entry[]): Workers {
  const tags = new Map<string, readonly string[]>()
  const lostMs = new Map<string, number>()
  const noticedMs = new Map<string, number>()
  const drainedMs = new Map<string, number>()
  for (const entry of history) {
    if (entry.op === 'join') tags.set(entry.who, entry.tags)
    if (entry.op === 'lose' && !lostMs.has(entry.who)) lostMs.set(entry.who, entry.fromMs)
    if (entry.op === 'notice') noticedMs.set(entry.who, entry.toMs)
    if (entry.op === 'drain') drainedMs.set(entry.who, entry.toMs)
  }
  return { tags, lostMs, noticedMs, drainedMs }
}
