import { err, ok, type Result } from '@millrace/base/result'
import type { FlowModule } from '../core/definition/flow-module.ts'
import { findModules, parseFlow } from '../core/definition/parse-flow.ts'
import type { Entry, FrameSeed } from '../core/entry.ts'
import type { FrameState, ModuleEnd, ResultRef } from '../core/protocol.ts'
import type { OldFrame } from './old-run.ts'
import type { AtModule, SeedTerms } from './seed-terms.ts'
import { takeBefore, takeGood, takenOf } from './take-children.ts'

/** Where a run is begun anew: at a step, from an iteration or branch of it on, which are counted from 0. */
export interface Place {
  readonly step: string
  readonly n?: number | undefined
}

/** The error is a sentence without its end. */
type Seeded<T = FrameSeed> = Promise<Result<T, string>>

/** How a frame begins at a place: with all before it taken over. Further places are those inside of the one before. */
export async function seedAtPlace(
  terms: SeedTerms,
  frame: OldFrame,
  [place, ...inside]: readonly [Place, ...Place[]],
): Seeded {
  const modules = findModules(terms.flow, frame.pointer) ?? []
  const at = modules.findIndex(({ id }) => id === place.step)
  const module = modules[at]
  if (!module)
    return err(`the flow has no step "${place.step}" ${frame.pointer.kind === 'root' ? 'in its own list' : 'there'}`)
  const before = takeModules(terms, frame, { modules, at })
  if (!before.ok) return before
  const entry = await entryAtPlace(terms, { frame, module }, place, inside)
  if (!entry.ok) return entry
  return ok({ ...before.value, ...(entry.value && { entry: entry.value }) })
}

/** How a frame goes on where it failed or was ended: with everything taken over that ended well, inside of its steps too. */
export async function seedRest(terms: SeedTerms, frame: OldFrame): Seeded {
  const modules = findModules(terms.flow, frame.pointer) ?? []
  const { state } = frame
  const current = modules.findIndex(({ id }) => id === state.current?.module)
  const last = current < 0 ? modules.findLastIndex(({ id }) => state.ended[id] !== undefined) : current
  const at = Math.max(0, state.current?.phase === 'sleeping' ? last + 1 : last)
  const module = modules[at]
  const before = takeModules(terms, frame, { modules, at })
  if (!before.ok || !module || terms.pinned.has(module.id)) return before
  const entry = await entryOfRest(terms, { frame, module })
  if (!entry.ok) return entry
  return ok({ ...before.value, ...(entry.value && { entry: entry.value }) })
}

async function entryAtPlace(
  terms: SeedTerms,
  at: AtModule,
  { step, n }: Place,
  inside: readonly Place[],
): Seeded<Entry | undefined> {
  const kind = terms.flow.places.get(step)?.kind
  const [next, ...further] = inside
  if (!kind?.entry) {
    if (next) return err(`nothing is inside of the step "${step}" that could be begun with: begin with it`)
    // Clients send 0 where there is nothing to choose.
    return n ? err(`the step "${step}" has no iterations and no branches`) : ok(undefined)
  }
  if (kind.entry.kind === 'branch') return await entryOfBranch(terms, at, n, inside)
  if (kind.entry.kind === 'call') {
    // Clients send 0 where there is nothing to choose.
    if (n) return err(`the step "${step}" has no iterations and no branches`)
    return next ? await entryOfCall(terms, at.module, await callOf(terms, at), [next, ...further]) : ok(undefined)
  }
  if (n === undefined)
    return next ? err(`say which iteration or branch of "${step}" the step inside is in`) : ok(undefined)
  const bodies = kind.bodies(at.module.value)
  const isBranches = bodies.every(({ branch }) => branch !== undefined)
  if (isBranches && n >= bodies.length) return err(`the step "${step}" has ${bodies.length} branches, counted from 0`)
  const taken = await takeBefore(terms, at, n)
  if (!taken.ok) return taken
  if (!next) return ok({ module: step, taken: taken.value, inside: {} })
  const seed = await seedInside(terms, at, n, [next, ...further])
  return seed.ok ? ok({ module: step, taken: taken.value, inside: seed.value ? { [n]: seed.value } : {} }) : seed
}

async function entryOfBranch(
  terms: SeedTerms,
  at: AtModule,
  n: number | undefined,
  [next, ...further]: readonly Place[],
): Seeded<Entry | undefined> {
  const { id: step, value } = at.module
  const chosen = branchOf(at)
  if (n === undefined && !next) return ok(undefined)
  const bodies = terms.flow.places.get(step)?.kind.bodies(value) ?? []
  // The default one is behind all others.
  const wanted = n === undefined ? chosen : bodies[n]?.branch
  if (wanted === undefined)
    return err(
      n === undefined ? `the run took no branch of "${step}"` : `the step "${step}" has no branch ${n}, counted from 0`,
    )
  const entry = { module: step, branch: wanted, taken: [] }
  if (!next) return ok({ ...entry, inside: {} })
  if (wanted !== chosen) return err(`the run did not take that branch of "${step}"`)
  const seed = await seedInside(terms, at, 0, [next, ...further])
  return seed.ok ? ok({ ...entry, inside: seed.value ? { 0: seed.value } : {} }) : seed
}

/** How a step calls a flow again that its run came to: as that is deployed by then, to begin inside of it. */
async function entryOfCall(
  { flow, run }: SeedTerms,
  { id: step, value }: FlowModule,
  call: string | undefined,
  places: readonly [Place, ...Place[]],
): Seeded<Entry> {
  const runnable = flow.places.get(step)?.kind.job?.runnable(value)
  const frame = call === undefined ? undefined : await run.findFrame(call)
  if (!frame || runnable?.kind !== 'flow')
    return err(`the run did not come to the step "${places[0].step}": the step "${step}" called no flow that began`)
  const serving = await run.findServing(runnable.path)
  const parsed = serving && parseFlow(serving.document)
  if (!serving || !parsed?.ok) return err(`there is no flow ${runnable.path} any more that could run`)
  const seed = await seedAtPlace({ flow: parsed.flow, run, pinned: new Set() }, frame, places)
  if (!seed.ok) return err(`inside of "${step}", which calls ${runnable.path}, ${seed.error}`)
  const [place] = places
  const origin = { job: frame.id, step: place.step, ...(place.n !== undefined && { n: place.n }) }
  return ok({ module: step, taken: [], inside: { 0: seed.value }, called: { version: serving.version, origin } })
}

/** The run of the flow that a step called last; of an earlier run where that was taken over. */
async function callOf({ run }: SeedTerms, { frame, module }: AtModule): Promise<string | undefined> {
  const result = frame.state.ended[module.id]?.result
  return result?.kind === 'job' ? result.id : (await run.findChild(frame.id, module.id, 0))?.id
}

/** Undefined: the child is the step itself, and begins with it. */
async function seedInside(
  terms: SeedTerms,
  { frame, module }: AtModule,
  index: number,
  places: readonly [Place, ...Place[]],
): Seeded<FrameSeed | undefined> {
  const owner = takenOf(frame.state, module.id).find(({ from, until }) => from <= index && index < until)?.frame
  const child = await terms.run.findChild(owner ?? frame.id, module.id, index)
  if (!child) return err(`the run did not come to number ${index} of "${module.id}"`)
  const inner = child.isFrame ? await terms.run.findFrame(child.id) : undefined
  if (inner) return await seedAtPlace(terms, inner, places)
  const [only, next, ...further] = places
  const { pointer, kind } = terms.flow.places.get(only.step) ?? {}
  const step = pointer?.kind === 'body' && findModules(terms.flow, pointer)?.find(({ id }) => id === only.step)
  if (!step) return err(`the run did not come to the step "${only.step}"`)
  if (!next) return ok(undefined)
  if (kind?.entry?.kind !== 'call')
    return err(`nothing is inside of the step "${only.step}" that could be begun with: begin with it`)
  const entry = await entryOfCall(terms, step, child.id, [next, ...further])
  return entry.ok ? ok({ at: 0, ended: {}, entry: entry.value }) : entry
}

async function entryOfRest(terms: SeedTerms, at: AtModule): Seeded<Entry | undefined> {
  const { frame, module } = at
  const way = terms.flow.places.get(module.id)?.kind.entry
  // What failed in a flow that is called may have been mended where that is deployed: it runs anew.
  if (!way || way.kind === 'call') return ok(undefined)
  const good = way.kind === 'children' ? await takeGood(terms, at) : undefined
  if (good && !good.ok) return good
  const only = good ? undefined : await terms.run.findChild(frame.id, module.id, 0)
  const inside: Record<number, FrameSeed> = {}
  for (const child of good?.value.others ?? (only ? [only] : [])) {
    const inner = child.isFrame ? await terms.run.findFrame(child.id) : undefined
    const seed = inner && (await seedRest(terms, inner))
    if (seed && !seed.ok) return seed
    if (seed) inside[child.index] = seed.value
  }
  const branch = good ? undefined : branchOf(at)
  // A branchone that took none yet, or a loop without an iteration, begins as ever.
  if (!good && branch === undefined) return ok(undefined)
  return ok({ module: module.id, ...(branch !== undefined && { branch }), taken: good?.value.taken ?? [], inside })
}

function branchOf({ frame: { state }, module }: AtModule): number | 'default' | undefined {
  const ended = state.ended[module.id]?.branch
  if (ended !== undefined) return ended
  const cursor = state.current?.module === module.id ? state.current.cursor : undefined
  const branch = typeof cursor === 'object' && cursor !== null && 'branch' in cursor ? cursor['branch'] : undefined
  return typeof branch === 'number' || branch === 'default' ? branch : undefined
}

/** The modules before one, which must have ended in a way that lets a frame go on. */
function takeModules(
  { pinned }: SeedTerms,
  { state, hasFailed }: OldFrame,
  { modules, at }: { readonly modules: readonly FlowModule[]; readonly at: number },
): Result<FrameSeed, string> {
  const step = modules[at]?.id ?? ''
  const refusal = whyNotPast(state, hasFailed, { modules, at, pinned })
  if (refusal !== undefined) return err(`the run did not come to the step "${step}": ${refusal}`)
  const ended: Record<string, ModuleEnd> = {}
  let previous: ResultRef | undefined
  for (const { id } of modules.slice(0, at)) {
    const end = pinned.has(id) ? pinnedEnd(id) : state.ended[id]
    if (!end) return err(`the run did not come to the step "${step}": it has no end of the step "${id}" before it`)
    ended[id] = end
    if (!end.isSkipped) previous = end.result
  }
  const { resumed } = state
  // Answers to a step that is asked again do not count; those from around the frame come with it.
  const isKept = resumed !== undefined && ended[resumed.module] !== undefined
  return ok({ at, ended, ...(previous && { previous }), ...(isKept && { resumed }) })
}

/** What ended last is what the run failed at, if it did; a step that was asked about and not answered is not over. */
function whyNotPast(
  state: FrameState,
  hasFailed: boolean,
  {
    modules,
    at,
    pinned,
  }: { readonly modules: readonly FlowModule[]; readonly at: number; readonly pinned: ReadonlySet<string> },
): string | undefined {
  const last = modules.findLastIndex(({ id }) => state.ended[id] !== undefined)
  const id = modules[last]?.id
  if (id === undefined || last >= at || pinned.has(id)) return undefined
  if (hasFailed) return `it failed at "${id}" before it`
  return state.current?.phase === 'awaiting' ? `nobody answered the step "${id}" before it` : undefined
}

function pinnedEnd(module: string): ModuleEnd {
  return { status: 'success', result: { kind: 'mock', module } }
}
