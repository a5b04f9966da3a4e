import type { WorkerGroup } from '@millrace/contracts'

/** Jobs that a worker in native mode runs at once unless its group says otherwise. */
const NATIVE_SLOTS = 8

/** What the worker's own settings say; it wins over what its group says. Empty and 0 say nothing. */
export interface OwnTerms {
  readonly tags: readonly string[]
  readonly slots: number
  readonly exitAfterJobs: number
}

/** What holds where neither says anything, and what the host offers. */
export interface HostTerms {
  /** Every language and kind that this worker can run. */
  readonly tags: readonly string[]
  readonly slots: number
  /** Languages that need no sandboxed process. */
  readonly nativeTags: readonly string[]
  /** A variable of the worker's own environment. */
  readonly lookUpVariable: (name: string) => string | undefined
}

/** What a worker of a group does. */
export interface GroupTerms {
  readonly tags: readonly string[]
  readonly slots: number
  /** Tags that are served before the others, the highest number first. */
  readonly ranks: Readonly<Record<string, number>>
  readonly jobsMax: number | undefined
  /** Variables that every job sees. */
  readonly env: Readonly<Record<string, string>>
  /** Empty is none. */
  readonly initScript: string
  /** Why it can take nothing; undefined when it can. */
  readonly notice: string | undefined
}

/** What a worker does by its own settings, its group and its host, in this order. */
export function decideTerms(group: WorkerGroup, own: OwnTerms, host: HostTerms): GroupTerms {
  const isNative = group.native_mode === true
  const tags = decideTags(group, own, host)
  return {
    tags,
    slots: own.slots || group.slots || (isNative ? NATIVE_SLOTS : host.slots),
    ranks: group.priority_tags ?? {},
    jobsMax: own.exitAfterJobs || group.exit_after_jobs || undefined,
    env: decideEnvironment(group, host),
    initScript: group.init_bash ?? '',
    notice:
      tags.length === 0
        ? 'This worker takes no jobs: its group is in native mode, and no tag of it is native.'
        : undefined,
  }
}

function decideTags(group: WorkerGroup, own: OwnTerms, host: HostTerms): readonly string[] {
  if (own.tags.length > 0) return own.tags
  const named = [...(group.dedicated_worker ? [group.dedicated_worker] : []), ...(group.worker_tags ?? [])]
  if (!group.native_mode) return named.length > 0 ? unique(named) : host.tags
  const isNative = (tag: string) => host.nativeTags.some((native) => tag === native || tag.startsWith(`${native}-`))
  return named.length > 0 ? unique(named.filter(isNative)) : host.nativeTags
}

function decideEnvironment(group: WorkerGroup, { lookUpVariable }: HostTerms): Readonly<Record<string, string>> {
  const allowed = (group.env_vars_allowlist ?? []).flatMap((name): [string, string][] => {
    const value = lookUpVariable(name)
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(allowed), ...group.env_vars_static }
}

function unique(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)]
}
