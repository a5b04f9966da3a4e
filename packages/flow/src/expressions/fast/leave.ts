/** Thrown where the fast lane does not know what JavaScript would do, so that the slow lane does it. */
export class LeaveFastLane extends Error {
  override readonly name = 'LeaveFastLane'
}

const LEAVE = new LeaveFastLane('this needs the slow lane')

/** Ends a fast evaluation; one error serves all, since taking a stack costs more than most evaluations. */
export function leave(): never {
  throw LEAVE
}

/** JavaScript would throw here. */
export class ReadError extends Error {
  override readonly name = 'ReadError'
  /** Where in the source. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}
