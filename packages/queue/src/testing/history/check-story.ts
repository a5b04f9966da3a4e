import type { Fault } from './fault.ts'
import { NOBODY } from './history.ts'
import { askOf, endOf, type Note, type Story } from './story.ts'

/** What a history says of its workers, by their ids. */
export interface Workers {
  readonly tags: ReadonlyMap<string, readonly string[]>
  /** When the nemesis took them away. */
  readonly lostMs: ReadonlyMap<string, number>
  /** When they noticed that their lease is lost. */
  readonly noticedMs: ReadonlyMap<string, number>
  /** When they had been told to start nothing more. */
  readonly drainedMs: ReadonlyMap<string, number>
}

/** The clocks of processes and database are read one after the other. */
const CLOCKS_DIFFER_MS = 2

/** Holds what happened to one job against the rules. */
export function checkStory(story: Story, workers: Workers): readonly Fault[] {
  const faults = [
    ...checkKept(story),
    ...checkDue(story),
    ...checkNotes(story, workers),
    ...checkWorkers(story, workers),
    ...checkRuns(story),
    ...checkOutcome(story),
  ]
  return faults.map(({ rule, says }) => ({ rule, says: `job ${story.id}: ${says}` }))
}

/** Q1, Q2 and Q9: what was acknowledged is there, what was refused is not. */
function checkKept(story: Story): readonly Fault[] {
  const done = story.asks.filter(({ entry }) => entry.answer === 'done')
  const isThere = story.isLeft || story.sights.length > 0
  const hasTrace = isThere || story.notes.length > 0
  const faults: Fault[] = []
  const contents = new Set(done.map(({ job }) => JSON.stringify(job)))
  if (contents.size > 1) faults.push({ rule: 'Q2', says: `its id was accepted for ${contents.size} different jobs` })
  if (done.length > 0 && !hasTrace) faults.push({ rule: 'Q1', says: 'it was acknowledged and there is no trace of it' })
  if (done.length > 0 && hasTrace && !isThere) faults.push({ rule: 'Q9', says: 'it has no outcome and does not wait' })
  if (hasTrace && story.asks.length > 0 && story.asks.every(({ entry }) => entry.answer === 'refused'))
    faults.push({ rule: 'Q1', says: 'it was refused and is there' })
  if (story.isLeft && story.sights.length > 0) faults.push({ rule: 'Q7', says: 'it waits and has an outcome' })
  return faults
}

/** Q3: nothing is claimed before it is due. */
function checkDue(story: Story): readonly Fault[] {
  const ask = askOf(story)
  const claim = story.notes.find((note) => note.op === 'claim')
  if (!ask || !claim) return []
  const earlyMs = ask.entry.fromMs + ask.job.dueInMs - claim.fromMs
  return earlyMs > CLOCKS_DIFFER_MS
    ? [{ rule: 'Q3', says: `it was claimed ${earlyMs.toFixed(0)} ms before it was due` }]
    : []
}

/** Q4, Q6, Q7, Q8, Q12, Q14: the database moves a job as `states.ts` draws it. */
function checkNotes(story: Story, { lostMs }: Workers): readonly Fault[] {
  const faults: Fault[] = []
  let holder: Note | undefined
  let attempt = 0
  let hasEnded = false
  for (const note of story.notes) {
    if (hasEnded) faults.push({ rule: 'Q8', says: `after its outcome there was a further ${note.op}` })
    if (note.op === 'claim') {
      if (holder) faults.push({ rule: 'Q4', says: `${note.who} claimed what ${holder.who} held` })
      if (note.attempt !== attempt + 1)
        faults.push({ rule: 'Q6', says: `attempt ${note.attempt} was claimed after attempt ${attempt}` })
      attempt = note.attempt
      holder = note
    } else if (note.op === 'release') {
      const isLost = (lostMs.get(note.who) ?? Infinity) <= note.toMs
      if (!holder || holder.who !== note.who)
        faults.push({ rule: 'Q7', says: `it was taken from ${note.who}, who did not hold it` })
      if (note.attempt === attempt && !isLost)
        faults.push({ rule: 'Q12', says: `it was taken from ${note.who}, who was well` })
      if (note.attempt !== attempt && note.attempt !== attempt - 1)
        faults.push({ rule: 'Q14', says: `attempt ${attempt} was handed back as ${note.attempt}` })
      attempt = note.attempt
      holder = undefined
    } else {
      const isHolder = holder?.who === note.who && holder.attempt === note.attempt
      if (note.who !== NOBODY && !isHolder)
        faults.push({ rule: 'Q7', says: `${note.who} ended attempt ${note.attempt} without holding it` })
      holder = undefined
      hasEnded = true
    }
  }
  return faults
}

/** Q5, Q13, Q14, Q20: who claims, and who starts. */
function checkWorkers(story: Story, { tags, noticedMs, drainedMs }: Workers): readonly Fault[] {
  const faults: Fault[] = []
  for (const note of story.notes) {
    if (note.op !== 'claim') continue
    const served = tags.get(note.who)
    if (!served) faults.push({ rule: 'Q20', says: `${note.who} claimed it without having joined` })
    else if (!served.includes(note.tag)) faults.push({ rule: 'Q5', says: `${note.who} does not serve ${note.tag}` })
  }
  for (const { who, fromMs } of story.starts) {
    if (fromMs > (noticedMs.get(who) ?? Infinity))
      faults.push({ rule: 'Q13', says: `${who} started it after its lease was lost` })
    if (fromMs > (drainedMs.get(who) ?? Infinity))
      faults.push({ rule: 'Q14', says: `${who} started it while draining` })
  }
  for (const { who, answer, fromMs } of story.completes) {
    if (answer === 'written' && fromMs > (noticedMs.get(who) ?? Infinity))
      faults.push({ rule: 'Q13', says: `${who} wrote its outcome after its lease was lost` })
  }
  return faults
}

/** Q4 and Q7: each run belongs to a claim, and what a worker was told that it wrote is what there is. */
function checkRuns(story: Story): readonly Fault[] {
  const faults: Fault[] = []
  const claims = story.notes.filter((note) => note.op === 'claim')
  const end = endOf(story)
  for (const start of story.starts) {
    const isSame = (other: { who: string; attempt: number }) =>
      other.who === start.who && other.attempt === start.attempt
    if (story.starts.filter(isSame).length > claims.filter(isSame).length)
      faults.push({ rule: 'Q4', says: `${start.who} ran attempt ${start.attempt} more often than it was given it` })
  }
  for (const { who, attempt, answer } of story.completes) {
    if (answer === 'written' && (end?.who !== who || end.attempt !== attempt))
      faults.push({ rule: 'Q7', says: `${who} was told that it ended attempt ${attempt}, and did not` })
  }
  if (
    end &&
    end.who !== NOBODY &&
    !story.starts.some((start) => start.who === end.who && start.attempt === end.attempt)
  )
    faults.push({ rule: 'Q7', says: `${end.who} wrote an outcome of a run that did not begin` })
  return faults
}

/** Q8, Q10, Q12: the outcome is one, stays, has its log, and is no surrender before the last attempt. */
function checkOutcome(story: Story): readonly Fault[] {
  const faults: Fault[] = []
  if (new Set(story.sights.map((sight) => sight.digest)).size > 1)
    faults.push({ rule: 'Q8', says: 'its outcome was not the same at all times' })
  const written = story.completes.find((complete) => complete.answer === 'written')
  if (written && story.sights.some((sight) => sight.logged < written.logged))
    faults.push({ rule: 'Q10', says: `the outcome was there and not all ${written.logged} characters of its log` })
  const end = endOf(story)
  const ask = askOf(story)
  if (ask && end?.who === NOBODY && end.status === 'failure' && end.attempt < ask.job.attemptsMax)
    faults.push({ rule: 'Q12', says: `it was given up after ${end.attempt} of ${ask.job.attemptsMax} attempts` })
  return faults
}
