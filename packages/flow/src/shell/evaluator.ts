import type { Evaluated, ExpressionFault } from '../expressions/evaluated.ts'
import type { Reads } from '../expressions/reads.ts'
import type { Scope } from '../expressions/scope.ts'

/** What evaluates expressions. */
export interface Evaluator {
  analyse(source: string): { readonly ok: true; readonly isEmpty: boolean; readonly reads: Reads } | ExpressionFault
  evaluate(source: string, scope: Scope): Promise<Evaluated>
}
