import type { QueryStatement } from '../../runtime.ts'
import type { ErrorFacts } from './driver.ts'

/** What a server answered where it did not do what it was asked for; `line` counts from the first one of the statement. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly facts: ErrorFacts

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message)
    this.facts = facts
  }
}

/** With the line as the script has it; of other errors the word of the system, such as `ECONNREFUSED`. */
export function describeAnswer(error: unknown, statement: QueryStatement | undefined): ErrorFacts {
  if (!(error instanceof AnswerError)) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
    return typeof code === 'string' ? { code } : {}
  }
  const { line, ...facts } = error.facts
  return line === undefined || !statement ? facts : { ...facts, line: statement.line + line - 1 }
}
