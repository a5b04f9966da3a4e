import type { LineFloor } from '../sql/claim.ts'
import type { QueueRow } from './queue-row.ts'
import type { Line, ReadyLines } from './ready-lines.ts'

/** What a claim asks for, as `ClaimWish`. */
export interface ModelWish {
  readonly worker: number
  readonly tags: readonly string[]
  readonly limit: number
  readonly floors: ReadonlyMap<string, LineFloor>
  readonly aged: number
  readonly patienceMs: number
}

/** The walk of `claim_jobs` (migration 0015), statement by statement: takes rows out of their lines, in order. */
export function walkLines(lines: ReadyLines, wish: ModelWish, nowMs: number): readonly QueueRow[] {
  const { tags, limit, floors } = wish
  const ceilings = tags.map(() => Infinity)
  const claimed: QueueRow[] = []
  let seeksAged = wish.aged > 0
  while (claimed.length < limit) {
    const aged = seeksAged ? agedLine(lines, wish, nowMs) : undefined
    seeksAged = false
    const line = aged ?? bestLine(lines, wish, ceilings)
    if (!line) break
    const asked = aged ? Math.min(wish.aged, limit) : limit - claimed.length
    const taken = lines.take(line, asked, floorOf(line, floors))
    for (const row of taken) claimed.push(row)
    if (taken.length < asked && !aged) ceilings[tags.indexOf(line.tag)] = line.priority - 1
  }
  return claimed
}

/** Of all lines below the highest priority the one whose head waited longest, if too long. */
function agedLine(lines: ReadyLines, { tags, patienceMs }: ModelWish, nowMs: number): Line | undefined {
  const ready = tags.flatMap((tag) => lines.ofTag(tag)).filter((line) => line.rows.size > 0)
  const top = Math.max(...ready.map((line) => line.priority))
  let found: Line | undefined
  let foundDueAtMs = nowMs - patienceMs
  for (const line of ready) {
    const dueAtMs = line.rows.first?.dueAtMs ?? Infinity
    if (line.priority === top || dueAtMs >= foundDueAtMs) continue
    found = line
    foundDueAtMs = dueAtMs
  }
  return found
}

/** The line of the highest priority among the tags, the first of equals. */
function bestLine(lines: ReadyLines, { tags, floors }: ModelWish, ceilings: readonly number[]): Line | undefined {
  let best: Line | undefined
  for (const [nth, tag] of tags.entries()) {
    const ceiling = ceilings[nth] ?? Infinity
    for (const line of lines.ofTag(tag)) {
      if (best && line.priority <= best.priority) break
      const { last } = line.rows
      if (line.priority > ceiling || !last || last.fair < floorOf(line, floors)) continue
      best = line
      break
    }
  }
  return best
}

/** The place below which a claim need not look in a line. */
export function floorOf(line: Line, floors: ReadonlyMap<string, LineFloor>): number {
  const floor = floors.get(line.tag)
  return floor?.priority === line.priority ? Number(floor.fair) : -Infinity
}
