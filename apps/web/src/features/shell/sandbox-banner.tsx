import { useQuery } from '@tanstack/react-query'
import { ShieldAlert } from 'lucide-react'
import { sandboxesQuery } from '../../data/instance.ts'

/** Says on every page when scripts run without isolation. */
export function SandboxBanner() {
  const { data } = useQuery(sandboxesQuery)
  const open = data?.find((sandbox) => !sandbox.isolated)
  if (!open) return null
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-line bg-waiting-soft px-4 py-1.5 text-sm">
      <ShieldAlert size={14} className="shrink-0 text-waiting" aria-hidden />
      {open.notice ?? 'Scripts run without isolation: they can read and change what the worker can.'}
    </div>
  )
}
