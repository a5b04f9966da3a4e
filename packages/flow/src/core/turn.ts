import type { ParsedFlow } from './definition/parse-flow.ts'
import { invariant } from '@millrace/base/invariant'
import type { Json } from './json.ts'
import type {
  Answer,
  Answers,
  Ask,
  Command,
  FlowError,
  FrameContext,
  FrameState,
  Scope,
  Transform,
} from './protocol.ts'

/**
 * A rule is a generator: where it needs to know something that has not been answered, it yields its asks and is never resumed; the
 * shell answers, and the whole transition is begun anew with the answers. So a rule reads as if it could look up anything.
 */
export type Rule<T> = Generator<readonly Ask[], T, never>

/** A rule that needs to know nothing. */
export function* settled<T>(value: T): Rule<T> {
  yield* []
  return value
}

/** One call of `transition`: what its rules read, and the commands that they have given so far. */
export class Turn {
  readonly flow: ParsedFlow
  readonly context: FrameContext
  readonly #answers: Answers
  readonly #commands: Command[] = []

  constructor(flow: ParsedFlow, context: FrameContext, answers: Answers) {
    this.flow = flow
    this.context = context
    this.#answers = answers
  }

  get commands(): readonly Command[] {
    return this.#commands
  }

  give(...commands: readonly Command[]): void {
    this.#commands.push(...commands)
  }

  *ask(ask: Ask): Rule<Answer> {
    const [answer] = yield* this.askAll([ask])
    invariant(answer !== undefined, 'an ask has an answer')
    return answer
  }

  /** Asks together what is independent: the shell answers it in one go. */
  *askAll(asks: readonly Ask[]): Rule<readonly Answer[]> {
    const unanswered = asks.filter((ask) => !this.#answers.has(ask.slot))
    if (unanswered.length > 0) yield unanswered
    return asks.map((ask) => {
      const answer = this.#answers.get(ask.slot)
      invariant(answer !== undefined, `the rules went on although ${ask.slot} has no answer`)
      return answer
    })
  }

  /** The value of an expression, or why there is none. */
  *value(slot: string, transform: Transform, scope: Scope): Rule<Evaluated> {
    const answer = yield* this.ask({ kind: 'value', slot, transform, scope })
    invariant(answer.kind === 'value' || answer.kind === 'failed', `${slot} was answered by a ${answer.kind}`)
    return answer
  }

  /** The length of a list, or why there is none. */
  *list(ask: Extract<Ask, { kind: 'list' }>): Rule<number | FlowError> {
    const answer = yield* this.ask(ask)
    invariant(answer.kind === 'list' || answer.kind === 'failed', `${ask.slot} was answered by a ${answer.kind}`)
    return answer.kind === 'list' ? answer.length : answer.error
  }

  /** The worker that this is, or why it is none. */
  *place(slot: string): Rule<string | FlowError> {
    const answer = yield* this.ask({ kind: 'place', slot })
    invariant(answer.kind === 'place' || answer.kind === 'failed', `${slot} was answered by a ${answer.kind}`)
    return answer.kind === 'place' ? answer.place : answer.error
  }

  /** What the expressions of the frame see before its module under way. */
  scopeOf(state: FrameState): Scope {
    return {
      previous: state.previous,
      ended: state.ended,
      ...(state.failed === undefined ? {} : { error: state.failed }),
      ...(state.resumed === undefined ? {} : { resumed: state.resumed }),
    }
  }
}

/** The answer to the ask for a value. */
export type Evaluated =
  { readonly kind: 'value'; readonly value: Json } | { readonly kind: 'failed'; readonly error: FlowError }
