import { err, ok, type Result } from '@millrace/base/result'
import type { FrameState, Taken } from '../core/protocol.ts'
import { BAD_MAX, RANGES_MAX, type OldChild, type OldChildren } from './old-run.ts'
import type { AtModule, SeedTerms } from './seed-terms.ts'

/** The children of a module up to one; all of them must have ended well, or as the module accepts it. */
export async function takeBefore(terms: SeedTerms, at: AtModule, n: number): Promise<Result<readonly Taken[], string>> {
  const { good } = await listChildren(terms, at)
  const taken = merge(at, good).flatMap((range) =>
    range.from < n ? [{ ...range, until: Math.min(range.until, n) }] : [],
  )
  let next = 0
  for (const { from, until } of taken) if (from <= next) next = Math.max(next, until)
  if (next < n) return err(`number ${next} of "${at.module.id}", which comes before, has no result`)
  return ok(taken)
}

/** All children of a module that ended well, and the others, which may go on where they are. */
export async function takeGood(
  terms: SeedTerms,
  at: AtModule,
): Promise<Result<{ readonly taken: readonly Taken[]; readonly others: readonly OldChild[] }, string>> {
  const { good, bad } = await listChildren(terms, at)
  const taken = merge(at, good)
  if (taken.length > RANGES_MAX || bad.length > BAD_MAX)
    return err(
      `too many iterations of "${at.module.id}" failed among others that did not: restart the run at this step or at an iteration of it`,
    )
  return ok({ taken, others: bad })
}

/** What a module had taken over itself: it may be under way, or over. */
export function takenOf({ current, ended }: FrameState, module: string): readonly Taken[] {
  const end = ended[module]
  if (end) return end.taken ?? (end.result.kind === 'children' ? (end.result.taken ?? []) : [])
  const cursor = current?.module === module ? current.cursor : undefined
  const taken = typeof cursor === 'object' && cursor !== null && 'taken' in cursor ? cursor['taken'] : undefined
  // Written by the rules, which are the only ones that do.
  return (taken ?? []) as unknown as readonly Taken[]
}

function merge({ frame, module }: AtModule, good: OldChildren['good']): Taken[] {
  const failures = failuresOf(frame.state, module.id)
  const own = good.map((range) => ({ frame: frame.id, failures, ...range }))
  return [...takenOf(frame.state, module.id), ...own].toSorted((a, b) => a.from - b.from)
}

async function listChildren({ run, flow }: SeedTerms, { frame, module }: AtModule): Promise<OldChildren> {
  const kind = flow.places.get(module.id)?.kind
  const way = kind?.entry
  if (!kind || way?.kind !== 'children') return { good: [], bad: [] }
  const branches = kind.bodies(module.value).flatMap(({ branch }) => (typeof branch === 'number' ? [branch] : []))
  const isAll = branches.length === 0 && way.skipsFailure(module.value, 0)
  const skips = isAll ? 'all' : branches.filter((branch) => way.skipsFailure(module.value, branch))
  const failures = failuresOf(frame.state, module.id)
  return await run.listChildren({ frame: frame.id, module: module.id, failures, skips })
}

/** Runs of a module that failed before its last one. */
function failuresOf({ current, ended }: FrameState, module: string): number {
  return ended[module]?.failures ?? (current?.module === module ? current.failures : 0)
}
