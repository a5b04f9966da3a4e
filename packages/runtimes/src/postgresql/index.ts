import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- $1 name (text)
-- $2 times (int) = 1
SELECT 'Hello ' || $1 AS greeting FROM generate_series(1, $2);
`

/** PostgreSQL, and what speaks its protocol. */
export const postgresql: QueryRuntime = {
  kind: 'query',
  id: 'postgresql',
  info: {
    label: 'PostgreSQL',
    extension: '.pg.sql',
    aliases: ['.psql', 'postgres', 'pg'],
    editor: 'pgsql',
    icon: 'PG',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['pg']),
}
