import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- @name (string)
-- @times (int64) = 1
SELECT CONCAT('Hello ', @name) AS greeting, @times AS times;
`

/** Google BigQuery by its REST API. */
export const bigquery: QueryRuntime = {
  kind: 'query',
  id: 'bigquery',
  info: {
    label: 'BigQuery',
    extension: '.bq.sql',
    aliases: [],
    editor: 'sql',
    icon: 'BQ',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, []),
}
