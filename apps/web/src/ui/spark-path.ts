export interface Point {
  readonly atMs: number
  readonly value: number
}

interface Frame {
  readonly fromMs: number
  readonly toMs: number
  readonly width: number
  readonly height: number
}

/** An SVG path in steps through the points, in the order of time; it begins and ends at the edges of the frame. */
export function sparkPath(points: readonly Point[], { fromMs, toMs, width, height }: Frame): string {
  const highest = Math.max(1, ...points.map((point) => point.value))
  const x = (atMs: number) => round(width * clamp((atMs - fromMs) / Math.max(1, toMs - fromMs)))
  const y = (value: number) => round(height * (1 - value / highest))
  const steps = points.map(({ atMs, value }) => `H${x(atMs)}V${y(value)}`)
  return `M0 ${y(0)}${steps.join('')}H${width}`
}

function clamp(share: number): number {
  return Math.max(0, Math.min(1, share))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
