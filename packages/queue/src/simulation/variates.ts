import type { Random } from '../testing/seeded-random.ts'

/** Draws numbers below `count`, the first most often: by the law of Zipf. */
export function zipf(random: Random, count: number, exponent = 1): () => number {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1) ** exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const upTo = weights.map((weight) => (sum += weight) / total)
  return () => {
    const pick = random()
    const rank = upTo.findIndex((end) => pick < end)
    return rank < 0 ? count - 1 : rank
  }
}

/** Times between independent events. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

/** Run times: most are short and a few are long. `spread` is the standard deviation of the logarithm. */
export function logNormal(random: Random, mean: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return mean * Math.exp(spread * normal - (spread * spread) / 2)
}

/** The value below which a share of sorted values lies. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
