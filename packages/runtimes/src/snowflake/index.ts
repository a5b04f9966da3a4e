import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- ? name (varchar)
-- ? times (int) = 1
SELECT CONCAT('Hello ', ?) AS greeting, ? AS times;
`

/** Snowflake by its SQL API. */
export const snowflake: QueryRuntime = {
  kind: 'query',
  id: 'snowflake',
  info: {
    label: 'Snowflake',
    extension: '.sf.sql',
    aliases: [],
    editor: 'sql',
    icon: 'SF',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, []),
}
