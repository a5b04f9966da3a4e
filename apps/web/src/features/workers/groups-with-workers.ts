import type { Config, ScaleHint, WorkerPing } from '@millrace/contracts'

const DEFAULT_GROUP = 'default'

/** A group of workers with all that is known of it. */
export interface GroupView {
  readonly name: string
  readonly workers: readonly WorkerPing[]
  readonly slots: number
  readonly busySlots: number
  /** Tags that its configuration names; none is every language and kind. */
  readonly tags: readonly string[]
  /** How many workers it should have; superadmins are told. */
  readonly hint: ScaleHint | undefined
}

export interface Notice {
  readonly text: string
  readonly workers: readonly string[]
}

/** Groups that are configured or have workers: the default one, then by name. */
export function groupsWithWorkers(
  groups: readonly Config[],
  workers: readonly WorkerPing[],
  hints: readonly ScaleHint[],
): readonly GroupView[] {
  const names = new Set([...groups.map(({ name }) => name), ...workers.map((worker) => worker.worker_group)])
  const rank = (name: string) => (name === DEFAULT_GROUP ? 0 : 1)
  return [...names]
    .sort((left, right) => rank(left) - rank(right) || left.localeCompare(right))
    .map((name) => {
      const own = workers.filter((worker) => worker.worker_group === name)
      return {
        name,
        workers: own,
        slots: own.reduce((sum, worker) => sum + worker.slots, 0),
        busySlots: own.reduce((sum, worker) => sum + busySlots(worker), 0),
        tags: textsOf(groups.find((group) => group.name === name)?.config['worker_tags']),
        hint: hints.find((hint) => hint.group === name),
      }
    })
}

export function busySlots(worker: WorkerPing): number {
  return Math.round(worker.occupancy_rate * worker.slots)
}

/** What workers say of themselves, each sentence once. */
export function noticesOf(workers: readonly WorkerPing[]): readonly Notice[] {
  const told = workers.flatMap(({ worker, notice }) =>
    (notice ?? '')
      .split('\n')
      .filter(Boolean)
      .map((text) => ({ text, worker })),
  )
  return [...Map.groupBy(told, ({ text }) => text)].map(([text, by]) => {
    return { text, workers: by.map(({ worker }) => worker) }
  })
}

/** Whom a notice is of: a name, some names, or all of the group. */
export function noticeSubject({ workers }: Notice, inGroup: number): string {
  if (workers.length === inGroup && inGroup > 1) return `All ${inGroup} workers`
  if (workers.length > 2) return `${workers.length} of ${inGroup} workers`
  return workers.join(' and ')
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
