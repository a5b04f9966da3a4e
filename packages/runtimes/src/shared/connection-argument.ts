import { err, ok, type Result } from '@millrace/base/result'
import type { QueryProblem } from '../runtime.ts'

/** The value of a resource, as an argument brings it; anything else is a problem that says what to give. */
export function connectionOf(
  argument: string,
  value: unknown,
): Result<Readonly<Record<string, unknown>>, QueryProblem> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok({ ...value })
  const found = value === undefined || value === null ? 'is not given' : 'is no resource'
  return err({
    name: 'ArgumentError',
    message: `the argument "${argument}" ${found}: choose a resource for it, or give its value as an object`,
  })
}
