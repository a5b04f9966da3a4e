import { useState } from 'react'

/** What is being typed, by item. Kept while the page lives only: it may hold secrets, which do not belong into a browser's store. */
const kept = new Map<string, object>()

export interface KeptForm<T> {
  readonly form: T
  /** What it grew from; only what differs from it is written. */
  readonly before: T
  readonly isChanged: boolean
  readonly change: (part: Partial<T>) => void
  readonly discard: () => void
  /** Takes what was saved as where the next change begins. */
  readonly settle: (saved: T) => void
}

/**
 * A form that begins with what is saved and follows it until something is typed. Under a `key` it outlives a visit to another
 * page.
 */
export function useKeptForm<T extends object>(key: string | undefined, saved: T): KeptForm<T> {
  const [seen, setSeen] = useState(saved)
  const [before, setBefore] = useState(saved)
  const [form, setForm] = useState<T>(() => ({ ...saved, ...(key !== undefined && kept.get(key)) }))
  const isChanged = !isSame(form, before)

  if (!isSame(saved, seen)) {
    setSeen(saved)
    if (!isChanged) begin(saved)
  }

  function begin(next: T) {
    if (key !== undefined) kept.delete(key)
    setBefore(next)
    setForm(next)
  }
  function change(part: Partial<T>) {
    const next = { ...form, ...part }
    if (key !== undefined && isSame(next, before)) kept.delete(key)
    else if (key !== undefined) kept.set(key, next)
    setForm(next)
  }

  return { form, before, isChanged, change, discard: () => begin(before), settle: begin }
}

function isSame(left: object, right: object): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}
