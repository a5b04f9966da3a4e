/** What the spawner is asked for: a command, as which user, with pipes and opened files at these descriptors. */
export interface SpawnOrder {
  readonly id: number
  readonly file: string
  readonly argv: readonly string[]
  readonly uid: number | undefined
  /** Descriptors that are pipes to us; 0 is always empty. */
  readonly pipes: readonly number[]
  /** Files that are opened for reading, by descriptor. */
  readonly files: Readonly<Record<number, string>>
  /** Texts that it reads, by descriptor. */
  readonly texts: Readonly<Record<number, string>>
  /** File that is told its process id before it is given the texts. */
  readonly admitFile: string | undefined
}

/** What it tells of an order. The ends of the pipes come first, each with its handle. */
export type SpawnNews =
  | { readonly id: number; readonly kind: 'pipe'; readonly descriptor: number }
  | { readonly id: number; readonly kind: 'spawned'; readonly pid: number }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string }
  | { readonly id: number; readonly kind: 'exit'; readonly code: number | null; readonly signal: NodeJS.Signals | null }
