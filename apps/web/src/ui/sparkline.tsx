import { sparkPath, type Point } from './spark-path.ts'

interface SparklineProps {
  readonly points: readonly Point[]
  /** The stretch of time from left to right, in ms. */
  readonly fromMs: number
  readonly toMs: number
  /** Said instead of the picture. */
  readonly label: string
  readonly className?: string
}

const WIDTH = 100
const HEIGHT = 24

/** A small curve over time, as wide as there is room, from zero to its highest point. */
export function Sparkline({ points, fromMs, toMs, label, className }: SparklineProps) {
  const path = sparkPath(points, { fromMs, toMs, width: WIDTH, height: HEIGHT - 1 })
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={className}
    >
      <title>{label}</title>
      <path d={`${path}V${HEIGHT}H0Z`} fill="var(--accent-soft)" transform="translate(0 0.5)" />
      <path
        d={path}
        fill="none"
        stroke="var(--accent)"
        strokeWidth="1.25"
        vectorEffect="non-scaling-stroke"
        transform="translate(0 0.5)"
      />
    </svg>
  )
}
