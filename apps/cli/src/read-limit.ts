import { UsageError } from './exit.ts'

/** The value of `--limit`. */
export function readLimit(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit
  throw new UsageError(`--limit must be a whole number from 1 to 1000, not "${text}".`)
}
