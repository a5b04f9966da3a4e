import { useState } from 'react'
import type { GroupConfig } from '../../data/workers.ts'
import { isSameForm, toGroupForm, type GroupForm } from './group-form.ts'

interface Typed {
  readonly name: string
  readonly form: GroupForm
  /** What it grew from; only what differs from it is written. */
  readonly before: GroupForm
}

/** What is being typed, by group. Kept while the page lives only: it holds secrets, which do not belong into a browser's store. */
const kept = new Map<string, Typed>()

export interface GroupState extends Typed {
  readonly isChanged: boolean
  readonly rename: (name: string) => void
  readonly change: (part: Partial<GroupForm>) => void
  readonly discard: () => void
  /** Takes what was written as where the next change begins. */
  readonly settle: (config: GroupConfig) => void
}

/** The form of a group, which outlives a visit to another page; `group` is undefined for a new one. */
export function useGroupForm(group: string | undefined, config: GroupConfig | null): GroupState {
  const key = group ?? ''
  const fresh = (): Typed => ({ name: '', form: toGroupForm(config), before: toGroupForm(config) })
  const [typed, setTyped] = useState<Typed>(() => kept.get(key) ?? fresh())
  const isChanged = typed.name !== '' || !isSameForm(typed.form, typed.before)

  function keep(next: Typed) {
    if (next.name !== '' || !isSameForm(next.form, next.before)) kept.set(key, next)
    else kept.delete(key)
    setTyped(next)
  }

  return {
    ...typed,
    isChanged,
    rename: (name) => keep({ ...typed, name }),
    change: (part) => keep({ ...typed, form: { ...typed.form, ...part } }),
    discard: () => keep({ name: '', form: typed.before, before: typed.before }),
    settle: (written) => keep({ name: '', form: toGroupForm(written), before: toGroupForm(written) }),
  }
}
