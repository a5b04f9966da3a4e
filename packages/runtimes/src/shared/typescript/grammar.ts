import { declareGrammar } from '../../grammar.ts'

/** The grammar that all runtimes of TypeScript read by. */
export const typescriptGrammar = declareGrammar('typescript')
