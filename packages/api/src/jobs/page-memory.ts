import type { FinishedCursor } from '@millrace/db/tables/finished-jobs'
import { ShortMemory } from '../http/short-memory.ts'

const MEMORY_MS = 60_000
const MARKS_MAX = 500

/** Where a list of finished jobs was left after so many rows. */
export interface PageMark {
  readonly offset: number
  readonly cursor: FinishedCursor
}

/**
 * Remembers for a minute where the pages of a list ended: clients send page numbers, and a page that begins where the one before it
 * ended is found by its key, however deep. Jobs that end meanwhile then move nobody's next page.
 */
export class PageMemory {
  readonly #marks = new ShortMemory<readonly (PageMark & { readonly untilMs: number })[]>(MEMORY_MS)

  /** The mark nearest before a row of a list. */
  find(list: string, offset: number): PageMark | undefined {
    const nowMs = performance.now()
    return this.#marks
      .get(list)
      ?.filter((mark) => mark.offset <= offset && mark.untilMs > nowMs)
      .reduce<PageMark | undefined>((best, mark) => (best && best.offset >= mark.offset ? best : mark), undefined)
  }

  keep(list: string, mark: PageMark): void {
    const others = (this.#marks.get(list) ?? []).filter((known) => known.offset !== mark.offset)
    this.#marks.delete(list)
    this.#marks.set(list, [...others.slice(1 - MARKS_MAX), { ...mark, untilMs: performance.now() + MEMORY_MS }])
  }
}
