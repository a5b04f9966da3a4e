/** A duration as a reader wants it: `340 ms`, `1.2 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

const SPANS = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3600 },
  { unit: 'min', seconds: 60 },
] as const

/** A span that somebody has chosen, without parts that are zero: `0 s`, `90 s` as `1 min 30 s`, `1 d`. */
export function formatSpan(seconds: number): string {
  let rest = seconds
  const parts = SPANS.flatMap((span) => {
    const count = Math.floor(rest / span.seconds)
    rest -= count * span.seconds
    return count > 0 ? [`${formatCount(count)} ${span.unit}`] : []
  })
  if (rest > 0 || parts.length === 0) parts.push(`${Number(rest.toFixed(2))} s`)
  return parts.join(' ')
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** A size in steps of 1024: `12 MB`, `1.5 GB`. */
export function formatSize(sizeBytes: number): string {
  const step = sizeBytes < 1 ? 0 : Math.min(Math.floor(Math.log2(sizeBytes) / 10), SIZES.length - 1)
  const value = sizeBytes / 1024 ** step
  return `${step > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${SIZES[step] ?? 'B'}`
}

/** A count with thousands apart: `1,234`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** How far away an instant is: `now`, `5 s ago`, `in 3 min`, `2 d ago`. */
export function formatDistance(at: string, nowMs: number): string {
  const distanceMs = nowMs - Date.parse(at)
  const seconds = Math.round(Math.abs(distanceMs) / 1000)
  if (Number.isNaN(seconds)) return at
  if (seconds < 2) return 'now'
  const text = roughly(seconds)
  return distanceMs > 0 ? `${text} ago` : `in ${text}`
}

function roughly(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
