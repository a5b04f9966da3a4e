import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- $name (text)
-- $times (int) = 1
SELECT 'Hello ' || $name AS greeting FROM range($times);
`

/** A database in the memory of the job. */
export const duckdb: QueryRuntime = {
  kind: 'query',
  id: 'duckdb',
  info: {
    label: 'DuckDB',
    extension: '.duckdb.sql',
    aliases: [],
    editor: 'sql',
    icon: 'DU',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  // Statements run inside of it and could read what others left.
  helper: 'per-job',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['@duckdb/node-api']),
}
