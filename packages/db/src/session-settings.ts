/** How connections get to PostgreSQL: straight, or through a pooler that lends a server connection for a transaction at a time. */
export type Pooler = (typeof poolers)[number]

export const poolers = ['none', 'transaction'] as const

/** What the settings of a session follow from. */
export interface SessionOptions {
  readonly role?: string
  /** Milliseconds; 0 is no limit. */
  readonly statementTimeoutMs?: number
  /** How long a statement may wait for a lock; 0 is no limit. */
  readonly lockTimeoutMs?: number
  /** How long a transaction may sit between two statements before PostgreSQL ends its connection: 60 s unless told otherwise. */
  readonly idleInTransactionTimeoutMs?: number
  /** Further `name=value` settings of every connection; they win. */
  readonly settings?: readonly string[]
}

/** A setting of PostgreSQL and its value. */
export type SessionSetting = readonly [name: string, value: string]

const IDLE_IN_TRANSACTION_MS = 60_000

/** A client whose machine is gone is noticed in a minute, so that what it has locked is free again. */
const KEEP_ALIVE: readonly SessionSetting[] = [
  ['tcp_keepalives_idle', '30'],
  ['tcp_keepalives_interval', '10'],
  ['tcp_keepalives_count', '3'],
]

/** The settings that each of our statements is run with, however its connection came about. */
export function sessionSettings(options: SessionOptions): readonly SessionSetting[] {
  const { role, statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs } = options
  const limits: readonly (readonly [string, number | undefined])[] = [
    ['idle_in_transaction_session_timeout', idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_MS],
    ['statement_timeout', statementTimeoutMs],
    ['lock_timeout', lockTimeoutMs],
  ]
  return [
    ...(role ? [['role', role] as const] : []),
    ['millrace.workspace', '*'],
    ['jit', 'off'],
    ...limits.flatMap(([name, ms]) => (ms === undefined ? [] : [[name, String(ms)] as const])),
    ...(options.settings ?? []).map(splitSetting),
  ]
}

/** As the `options` of a connection's start. */
export function startupOptions(options: SessionOptions): string {
  return [...KEEP_ALIVE, ...sessionSettings(options)].map(([name, value]) => `-c ${name}=${value}`).join(' ')
}

function splitSetting(setting: string): SessionSetting {
  const at = setting.indexOf('=')
  return [setting.slice(0, at), setting.slice(at + 1)]
}
