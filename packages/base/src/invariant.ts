/** Thrown when the program itself is wrong: a bug, never the caller's fault. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Asserts what must hold; the work at hand fails, the process lives. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}
