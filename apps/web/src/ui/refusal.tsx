import type { ReactNode } from 'react'

interface RefusalProps {
  readonly title: string
  /** Who may, and where to go instead. */
  readonly children: ReactNode
}

/** A page for whoever may not have what stands at its address. */
export function Refusal({ title, children }: RefusalProps) {
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-4 py-6 sm:px-6">
      <h1 className="text-xl font-semibold break-all">{title}</h1>
      <p className="max-w-[72ch] text-muted">{children}</p>
    </div>
  )
}
