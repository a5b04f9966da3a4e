/** Exit codes of the command line. */
export const exit = { success: 0, jobFailed: 1, usage: 2, server: 3, interrupted: 130 } as const
export type ExitCode = (typeof exit)[keyof typeof exit]

/** The command was called wrongly; the message says how it is called. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command cannot be done as things stand here (no sign-in, an unreadable file); the message says what to do. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
}
