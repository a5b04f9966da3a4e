import fc from 'fast-check'
import { expect } from 'vitest'
import type { Evaluated } from '../evaluated.ts'
import type { Expressions } from '../expressions.ts'
import { arbitraryExpression, arbitraryScope } from './arbitrary-expression.ts'
import { scopeOf } from './scope-of.ts'

/**
 * Holds that both lanes give the same text, or the same fault at the same place, for so many random expressions. Gives the share
 * of them that the fast lane took, as a test that compares nothing must fail.
 */
export async function compareLanes(expressions: Expressions, runs: number): Promise<number> {
  let all = 0
  let fast = 0
  const property = fc.asyncProperty(arbitraryExpression, arbitraryScope, async (source, values) => {
    const scope = scopeOf(values)
    const quick = expressions.tryFast({ source, scope })
    all += 1
    if (!quick) return
    fast += 1
    expect(said(quick)).toEqual(said(await expressions.evaluateSlow({ source, scope })))
  })
  await fc.assert(property, { numRuns: runs })
  return fast / all
}

function said(evaluated: Evaluated): unknown {
  return evaluated.ok ? evaluated.data.text : evaluated
}
