import { withSeed } from './seeded-random.ts'

/** What a scenario came to: figures for the reader, and what was not as it has to be. */
export interface Proof {
  readonly figures: Readonly<Record<string, number | string>>
  readonly faults: readonly string[]
}

/** Runs a scenario with a seed and says its figures in one line: what was not as it has to be, and how to repeat it; nothing if all was. */
export async function prove(id: string, scenario: (seed: number) => Promise<Proof>): Promise<readonly string[]> {
  return await withSeed(async (seed) => {
    const { figures, faults } = await scenario(seed)
    const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`)
    console.log(`${id} ${faults.length === 0 ? 'ok' : 'BROKEN'}: ${[...told, `seed ${seed}`].join(', ')}`)
    return faults.length === 0 ? [] : [...faults, `repeat it with MILLRACE_TEST_SEED=${seed}`]
  })
}

/** The value below which so great a share of the values lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** A duration as people say it. */
export function sayMs(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
}

/** A fault when a figure is not as it has to be. */
export function demand(isSo: boolean, otherwise: string): readonly string[] {
  return isSo ? [] : [otherwise]
}
