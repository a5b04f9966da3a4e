import type { QueueSeries } from '@millrace/contracts'
import { formatCount, formatDuration } from '../../ui/format-quantity.ts'
import { Sparkline } from '../../ui/sparkline.tsx'

interface LineTrendProps {
  readonly tag: string
  readonly series: QueueSeries | undefined
  readonly className: string
}

/** How many waited under a tag; nothing where no sample was taken. */
export function LineTrend({ tag, series, className }: LineTrendProps) {
  const samples = samplesOf(tag, series)
  if (!series || samples.length === 0) return null
  const most = Math.max(...samples.map((sample) => sample.waiting))
  return (
    <Sparkline
      points={samples.map(({ at, waiting }) => ({ atMs: Date.parse(at), value: waiting }))}
      fromMs={Date.parse(series.from)}
      toMs={Date.parse(series.to)}
      label={`Waiting over time, at most ${formatCount(most)}`}
      className={className}
    />
  )
}

/** The most of a stretch as a sentence; undefined where no sample was taken. */
export function peakText(tag: string, series: QueueSeries | undefined): string | undefined {
  const samples = samplesOf(tag, series)
  if (samples.length === 0) return undefined
  const most = Math.max(...samples.map((sample) => sample.waiting))
  const longestS = Math.max(...samples.map((sample) => sample.delay_s))
  return `At most ${formatCount(most)} waited, the oldest for ${formatDuration(longestS * 1000)}.`
}

function samplesOf(tag: string, series: QueueSeries | undefined) {
  return series?.tags.find((each) => each.tag === tag)?.samples ?? []
}
