export type { Evaluated, ExpressionFault } from './expressions/evaluated.ts'
