/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
export type Random = () => number

/** Mulberry32: short, and even enough to choose victims. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A whole number from 0 to below `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end)
}

/** Runs a seeded scenario; a failure names the seed that repeats it (`MILLRACE_TEST_SEED`). */
export async function withSeed<T>(run: (seed: number) => Promise<T>): Promise<T> {
  const given = process.env['MILLRACE_TEST_SEED']
  const seed = given === undefined ? Date.now() % 1_000_000 : Number(given)
  try {
    return await run(seed)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`with MILLRACE_TEST_SEED=${seed}: ${message}`, { cause })
  }
}
