/** A bound that a figure is held against; `source` says who set it when it is not the project's first issue. */
export type Target = { readonly atLeast: number } | { readonly atMost: number }

/** One line of the table. */
export interface Row {
  readonly section: string
  /** What was measured; stable, so that results of two commits can be compared. */
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly target?: Target
  /** What one must know to read the value. */
  readonly note?: string
}

/** A part of the benchmark that can be run by itself. */
export interface Section {
  readonly id: string
  readonly summary: string
  /** `say` shows progress; the rows come back at the end. A section of many like parts measures `only` those that it names, or all. */
  measure(say: (line: string) => void, only?: readonly string[]): Promise<readonly Row[]>
}

/** Whether the value keeps its target; undefined without one. */
export function isMet({ value, target }: Row): boolean | undefined {
  if (!target) return undefined
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}
