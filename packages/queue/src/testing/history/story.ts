import type { AskedJob, Entry, EntryOf } from './history.ts'

/** What the database noted of a job, in order. */
export type Note = EntryOf<'claim' | 'release' | 'end'>

/** All that a history says of one job. */
export interface Story {
  readonly id: string
  readonly asks: readonly { readonly job: AskedJob; readonly entry: EntryOf<'enqueue'> }[]
  readonly notes: readonly Note[]
  readonly starts: readonly EntryOf<'start'>[]
  readonly completes: readonly EntryOf<'complete'>[]
  readonly cancels: readonly EntryOf<'cancel'>[]
  readonly sights: readonly EntryOf<'see'>[]
  readonly isLeft: boolean
}

type Draft = { -readonly [Key in keyof Story]: Story[Key] extends readonly (infer Item)[] ? Item[] : Story[Key] }

/** The stories of all jobs that a history names, by id. */
export function tellStories(history: readonly Entry[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Draft>()
  const of = (id: string): Draft => {
    const known = stories.get(id)
    if (known) return known
    const fresh = { id, asks: [], notes: [], starts: [], completes: [], cancels: [], sights: [], isLeft: false }
    stories.set(id, fresh)
    return fresh
  }
  for (const entry of history) put(entry, of)
  return stories
}

function put(entry: Entry, of: (id: string) => Draft): void {
  switch (entry.op) {
    case 'enqueue':
      for (const job of entry.jobs) of(job.id).asks.push({ job, entry })
      return
    case 'cancel':
      for (const id of entry.ids) of(id).cancels.push(entry)
      return
    case 'left':
      for (const id of entry.ids) of(id).isLeft = true
      return
    case 'see':
      return void of(entry.id).sights.push(entry)
    case 'start':
      return void of(entry.id).starts.push(entry)
    case 'complete':
      return void of(entry.id).completes.push(entry)
    case 'claim':
    case 'release':
    case 'end':
      return void of(entry.id).notes.push(entry)
    case 'join':
    case 'notice':
    case 'lose':
    case 'drain':
      return
  }
}

/** What was asked of a job, by a call that was answered; else by any. */
export function askOf(story: Story): Story['asks'][number] | undefined {
  return story.asks.find(({ entry }) => entry.answer === 'done') ?? story.asks[0]
}

/** When the database wrote the outcome. */
export function endOf(story: Story): EntryOf<'end'> | undefined {
  return story.notes.find((note) => note.op === 'end')
}
