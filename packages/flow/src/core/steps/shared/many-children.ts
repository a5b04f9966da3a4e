import { z } from 'zod'
import type { Entry } from '../../entry.ts'
import type { Json } from '../../json.ts'
import type { ChildEnd, Together } from '../../protocol.ts'
import type { Rule } from '../../turn.ts'
import type { ModuleRun, StepProgress } from '../step-kind.ts'
import { isGood } from './one-job.ts'

/** How many children of one module are under way at most. */
export const WIDTH_MAX = 1000

/** What a module that goes through several children says of them. */
export interface Many {
  /** Whether the child with this index may fail: its slot in the list holds the error. */
  skipsFailure(index: number): boolean
  /** Starts the children with these indices. */
  start(indices: readonly number[], how: Starting): Rule<void>
  /** After each child that is kept, where they run one by one: whether it is the last, or how the module ends. */
  isLast?(child: ChildEnd): Rule<boolean | StepProgress>
  /** Whether a child that was stopped is the last of all. */
  readonly isStoppedByChild: boolean
  /** The module that failed, for clients, where the error of a child does not say it. */
  readonly step: string
}

/**
 * Positions and counts, however many children there are. Children start in the order of their indices, so that `started` says
 * which did; with `width` under way at most, one more starts for each that ends.
 */
const Cursor = z.object({
  /** Null: until something stops it. */
  count: z.number().nullable(),
  width: z.number(),
  started: z.number(),
  ended: z.number(),
  /** No further child starts. */
  isClosing: z.boolean(),
  /** Of the failures that count, the one with the lowest index. */
  failed: z.object({ index: z.number(), job: z.string() }).nullable(),
  /** Where all of them run, where they belong together by themselves. */
  together: z.object({ place: z.string(), folder: z.string() }).optional(),
  /** Children of earlier runs that stand for some of these, in the order of their indices. */
  taken: z.array(z.object({ frame: z.string(), failures: z.number(), from: z.number(), until: z.number() })).optional(),
  /** How frames that are still to be started begin, by index. */
  inside: z.record(z.string(), z.custom<Json>()).optional(),
})
type Cursor = z.infer<typeof Cursor>
/** `Entry['inside']` as a part of a cursor, which is JSON. */
type Inside = NonNullable<Cursor['inside']>

/** How children begin: some of them in the middle, by index, and what all of them belong to, if to anything. */
export interface Starting {
  readonly inside: Entry['inside']
  readonly together: Together | undefined
}

/** How many children there are at the most (null: until something stops it), and how many of them are under way together. */
export interface Extent {
  readonly count: number | null
  readonly width: number
  readonly together?: Together | undefined
}

/** Starts as many children as may be under way together. */
export function* startMany(run: ModuleRun, many: Many, extent: Extent): Rule<StepProgress> {
  const { entry } = run
  const taken = entry && entry.taken.length > 0 ? { taken: [...entry.taken] } : {}
  const inside =
    entry && Object.keys(entry.inside).length > 0 ? { inside: { ...entry.inside } as unknown as Inside } : {}
  const begun = { ...extent, started: 0, ended: 0, isClosing: false, failed: null, ...taken, ...inside }
  return yield* goOn(run, many, begun)
}

/** Counts children that ended, and starts those whose turn has come. */
export function* continueMany(
  run: ModuleRun,
  many: Many,
  cursor: Json,
  children: readonly ChildEnd[],
): Rule<StepProgress> {
  let counted = Cursor.parse(cursor)
  for (const child of children) {
    if (!isUnderWay(counted, child.index)) continue
    counted = counting(many, counted, child)
    if (counted.failed !== null || many.isLast === undefined) continue
    const last = yield* many.isLast(child)
    if (typeof last === 'object') return last
    if (last) counted = { ...counted, isClosing: true }
  }
  return yield* goOn(run, many, counted)
}

/** One by one, only the last to start can end; of several together it cannot be said which ended before. */
function isUnderWay({ width, started, ended }: Cursor, index: number): boolean {
  return width === 1 ? index === ended && index < started : index < started
}

function counting(many: Many, cursor: Cursor, child: ChildEnd): Cursor {
  const ended = cursor.ended + 1
  const isStopped = child.stopped === true && many.isStoppedByChild
  const isClosing = cursor.isClosing || isStopped
  if (isGood(child) || many.skipsFailure(child.index)) return { ...cursor, ended, isClosing }

  const isFirst = cursor.failed === null || child.index < cursor.failed.index
  const own = { index: child.index, job: child.job }
  return { ...cursor, ended, isClosing: true, failed: isFirst ? own : cursor.failed }
}

function* goOn(run: ModuleRun, many: Many, before: Cursor): Rule<StepProgress> {
  const { cursor, indices } = goForward(before)
  const { started, ended, failed, taken: own } = cursor
  if (indices.length > 0) {
    const { inside = {}, ...others } = cursor
    const together = run.together ?? cursor.together
    yield* many.start(indices, { inside: inside as unknown as Entry['inside'], together })
    const left = Object.entries(inside).filter(([index]) => Number(index) >= started)
    return { kind: 'waiting', cursor: left.length > 0 ? { ...others, inside: Object.fromEntries(left) } : others }
  }
  if (ended < started) return { kind: 'waiting', cursor }

  const taken = own ? { taken: own } : {}
  if (failed !== null) return { kind: 'failed', result: { kind: 'job', id: failed.job }, step: many.step, ...taken }
  const { turn, module, failures } = run
  const result = { kind: 'children', frame: turn.context.id, module: module.id, failures, count: started } as const
  return { kind: 'succeeded', result: { ...result, ...taken } }
}

/** Which children start: the next ones, past those that are taken over and have ended before they would begin. */
function goForward(cursor: Cursor): { readonly cursor: Cursor; readonly indices: readonly number[] } {
  const { width, isClosing, taken = [] } = cursor
  const count = cursor.count ?? Infinity
  const indices: number[] = []
  let { started, ended } = cursor
  while (!isClosing && started < count && started - ended < width) {
    const from = started
    const until = taken.find((range) => range.from <= from && from < range.until)?.until
    if (until === undefined) indices.push(from)
    started = Math.min(until ?? from + 1, count)
    if (until !== undefined) ended += started - from
  }
  return { cursor: { ...cursor, started, ended }, indices }
}
