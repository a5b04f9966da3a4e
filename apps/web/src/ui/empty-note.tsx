import type { ReactNode } from 'react'

/** What is not there, and the first thing to do about it. */
export function EmptyNote({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="flex max-w-[72ch] flex-col items-start gap-3 py-8">
      <p className="text-lg font-medium">{title}</p>
      <div className="text-muted">{children}</div>
    </div>
  )
}
