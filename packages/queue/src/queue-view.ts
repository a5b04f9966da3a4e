import type { Database } from '@millrace/db'
import { hintScale, type ScaleHint } from './scale-hint.ts'
import { loadOf, withDefaultGroup } from './scale-load.ts'
import { loadDepths, type Depth, type TagPage } from './sql/depths.ts'
import { loadHeld } from './sql/held.ts'
import { readLines, TAGS_MAX } from './sql/read-lines.ts'
import { loadTagRates } from './sql/tag-rates.ts'
import { loadTenants, type Tenant } from './sql/tenants.ts'
import { loadWorkerGroups } from './sql/worker-groups.ts'

const EVERY_TAG = { limit: TAGS_MAX, offset: 0 } as const

/** The line of a tag with those who stand in it. */
export interface Line extends Depth {
  readonly tenants: readonly Tenant[]
}

/** The queue as a whole. */
export interface QueueView {
  readonly depths: readonly Depth[]
  /** One for each group of workers, with what is there of it. */
  readonly hints: readonly ScaleHint[]
}

/** How deep every tag is (Q35). */
export function loadAllDepths(db: Database, leaseMs: number): Promise<readonly Depth[]> {
  return readLines(db, async (client) => loadDepths(client, await loadHeld(client), { leaseMs, ...EVERY_TAG }))
}

/** Tags with unfinished jobs and the tenants of each, from one snapshot (Q35, Q36). */
export function loadLines(db: Database, leaseMs: number, page: TagPage): Promise<readonly Line[]> {
  return readLines(db, async (client) => {
    const all = await loadHeld(client)
    const depths = await loadDepths(client, all, { leaseMs, ...page })
    const tags = depths.map((depth) => depth.tag)
    const tenants = await loadTenants(client, tags, all.held)
    return depths.map((depth) => ({ ...depth, tenants: tenants.get(depth.tag) ?? [] }))
  })
}

/** Depths of all tags, and how many workers each group should have with all that it follows from (Q38). */
export function loadQueueView(db: Database, leaseMs: number): Promise<QueueView> {
  return readLines(db, async (client) => {
    const all = await loadHeld(client)
    const groups = withDefaultGroup(await loadWorkerGroups(client, leaseMs, all.held))
    const depths = await loadDepths(client, all, { leaseMs, ...EVERY_TAG })
    const rates = await loadTagRates(client, all.held)
    return { depths, hints: groups.map((group) => hintScale(loadOf(group, groups, { depths, rates }))) }
  })
}
