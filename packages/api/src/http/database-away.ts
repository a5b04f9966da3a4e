/** Codes of PostgreSQL and of sockets that say: not now, rather than: not so. */
const AWAY =
  /^(08...|57P0[1-5]|57014|53...|40001|40P01|55P03|25P03|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/

/** What the driver says without a code. */
const SAYINGS =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed)/

/** Whether an error says that the database cannot be reached or takes nothing now. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isNoSocket = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return isNoSocket || AWAY.test(code) || SAYINGS.test(error.message)
}
