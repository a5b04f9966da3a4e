import { tooLarge, type Evaluated } from '../evaluated.ts'
import { JsonData } from '../json-data.ts'
import { placeOf } from '../parse-expression.ts'
import type { Scope } from '../scope.ts'
import type { FastExpression } from './compile-fast.ts'
import { isWithin } from './is-within.ts'
import { LeaveFastLane, ReadError } from './leave.ts'

/** Evaluates at once, or gives undefined when the data need the slow lane. */
export function runFast(fast: FastExpression, scope: Scope, resultBytesMax: number): Evaluated | undefined {
  try {
    const data = toData(fast, fast.code(scope), resultBytesMax)
    if (data === undefined || Buffer.byteLength(data.text) > resultBytesMax) return tooLarge(resultBytesMax)
    return { ok: true, data }
  } catch (error) {
    if (error instanceof ReadError)
      return { ok: false, kind: 'threw', message: error.message, ...placeOf(fast.source, error.offset) }
    // The stack was too short for this one, or a text too long.
    if (error instanceof LeaveFastLane || error instanceof RangeError) return undefined
    throw error
  }
}

/** A result as JSON says it; undefined when it is far too large to be tried. */
function toData({ buildsObjects }: FastExpression, value: unknown, bytesMax: number): JsonData | undefined {
  if (typeof value !== 'object' || value === null) return JsonData.ofText(JSON.stringify(value) ?? 'null')
  if (!buildsObjects) return JsonData.ofValue(value)
  // What was built here may hold what JSON leaves out, so that only the text counts; and it may name large data many times.
  return isWithin(value, bytesMax) ? JsonData.ofText(JSON.stringify(value)) : undefined
}
