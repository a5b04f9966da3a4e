/** The value below which a share of the values lies; `share` is 0 to 1. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** Does something several times, one after the other. */
export async function repeat<T>(times: number, work: (turn: number) => Promise<T>): Promise<readonly T[]> {
  const values: T[] = []
  for (let turn = 0; turn < times; turn += 1) values.push(await work(turn))
  return values
}
