const PROGRAM = new URL('./shifted-date.ts', import.meta.url)

/** Arguments for Node with which a program's clock goes wrong by so many milliseconds; none at 0. */
export function shiftClock(shiftMs: number): readonly string[] {
  if (shiftMs === 0) return []
  const program = new URL(PROGRAM)
  program.searchParams.set('ms', String(shiftMs))
  return ['--import', program.href]
}
