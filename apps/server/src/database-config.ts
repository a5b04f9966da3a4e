import { int, oneOf, secret } from '@millrace/base/settings'
import { poolers } from '@millrace/db'

/** Settings of the connections to PostgreSQL: a pool a role, and how long its statements may take. */
export const databaseConfig = {
  pooler: oneOf(
    'DATABASE_POOLER',
    'What DATABASE_URL leads to: none is PostgreSQL itself or a pooler of sessions, transaction is PgBouncer or its like in transaction mode.',
    poolers,
    'none',
  ),
  directUrl: secret(
    'DATABASE_DIRECT_URL',
    'The same database past the pooler, for notifications (one connection a process) and migrations; without it processes poll.',
  ),
  apiConnections: int('DATABASE_API_CONNECTIONS', 'Connections of the API of a server at the most.', 20, { min: 2 }),
  queueConnections: int(
    'DATABASE_QUEUE_CONNECTIONS',
    'Connections of a server for enqueuing and cancelling jobs at the most.',
    6,
    { min: 2 },
  ),
  workerConnections: int('DATABASE_WORKER_CONNECTIONS', 'Connections of a worker at the most.', 12, { min: 4 }),
  keeperConnections: int(
    'DATABASE_KEEPER_CONNECTIONS',
    'Connections of the duties of a server at the most (one server has duties at a time).',
    4,
    { min: 2 },
  ),
  apiStatementTimeoutMs: int(
    'DATABASE_API_STATEMENT_TIMEOUT_MS',
    'How long a statement of the API may take, in milliseconds; 0 is no limit.',
    30_000,
  ),
  workerStatementTimeoutMs: int(
    'DATABASE_WORKER_STATEMENT_TIMEOUT_MS',
    'How long a statement of a worker may take, in milliseconds; 0 is no limit.',
    300_000,
  ),
  keeperStatementTimeoutMs: int(
    'DATABASE_KEEPER_STATEMENT_TIMEOUT_MS',
    'How long a statement of a duty may take, in milliseconds; 0 is no limit.',
    600_000,
  ),
  apiLockTimeoutMs: int(
    'DATABASE_API_LOCK_TIMEOUT_MS',
    'How long a statement of the API waits for a lock before the caller is told to try again, in milliseconds; 0 is no limit.',
    10_000,
  ),
  idleInTransactionTimeoutMs: int(
    'DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS',
    'After how long PostgreSQL ends a connection of ours that sits in an open transaction and does nothing, in milliseconds; 0 is never.',
    60_000,
  ),
}
