import { analyse } from '../expressions/analyse.ts'
import { runFast } from '../expressions/fast/run-fast.ts'
import type { Evaluator } from '../shell/evaluator.ts'

/** Evaluates the forms of the fast lane only. */
export const fastEvaluator: Evaluator = {
  analyse,
  evaluate(source, scope) {
    const analysis = analyse(source)
    if (!analysis.ok) return Promise.resolve(analysis)
    const evaluated = analysis.fast && runFast(analysis.fast, scope, 10_000_000)
    if (!evaluated) throw new Error(`${source} is not for the fast lane`)
    return Promise.resolve(evaluated)
  },
}
