/** What a part of a scenario came to: figures of which the highest counts, and what was not as it has to be. */
export interface Told {
  readonly figures: Readonly<Record<string, number>>
  readonly faults: readonly string[]
}

/** Adds what a part told to what others did before it. */
export function addTold(sum: Told, { figures, faults }: Told): Told {
  const entries = Object.entries(figures).map(
    ([name, value]) => [name, Math.max(value, sum.figures[name] ?? 0)] as const,
  )
  return { figures: { ...sum.figures, ...Object.fromEntries(entries) }, faults: [...sum.faults, ...faults] }
}

/** The figures as people read them. */
export function roundFigures({ figures }: Told): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value)]))
}
