import { useEffect, useState } from 'react'
import { formatDistance } from './format-quantity.ts'

/** The current time in ms, renewed at this pace while `isActive`. */
export function useNow(everyMs: number, isActive = true): number {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    if (!isActive) return
    const timer = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, isActive])
  return nowMs
}

/** A relative time with the exact one on hover. */
export function TimeAgo({ at }: { readonly at: string }) {
  const nowMs = useNow(10_000)
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap tabular-nums">
      {formatDistance(at, nowMs)}
    </time>
  )
}

/** In the viewer's zone, with ISO beside it. */
function exactTime(at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : `${date.toLocaleString()} · ${date.toISOString()}`
}
