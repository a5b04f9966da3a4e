import type { Retry } from '@millrace/contracts'

const YEAR_S = 365 * 86_400

/** Seconds before each further attempt, without the random part: the constant ones first, then the exponential ones. */
export function retryDelays({ constant, exponential }: Retry): readonly number[] {
  const fixed = Array.from({ length: constant?.attempts ?? 0 }, () => constant?.seconds ?? 0)
  const growing = Array.from({ length: exponential?.attempts ?? 0 }, (_, index) =>
    Math.min(YEAR_S, (exponential?.multiplier ?? 0) * (exponential?.seconds ?? 0) ** (index + 1)),
  )
  return [...fixed, ...growing]
}
