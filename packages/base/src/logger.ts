/** Facts of a log line: low in number, greppable by key. Never a secret. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * The log of the platform itself (a job's log is another thing). From `warn` up the message is a constant and facts are
 * fields. `error`: wake someone; `warn`: look tomorrow; `info`: a life event of the service; `debug`: the rest.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger whose lines also carry `name`, such as `queue:claim`. */
  child(name: string): Logger
}

/** Says nothing: for tests and benchmarks. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
