import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- :name (text)
-- :times (int) = 1
SELECT 'Hello ' || :name AS greeting, :times AS times FROM dual;
`

/** Oracle Database, without its client libraries. */
export const oracledb: QueryRuntime = {
  kind: 'query',
  id: 'oracledb',
  info: {
    label: 'Oracle Database',
    extension: '.odb.sql',
    aliases: ['oracle'],
    editor: 'sql',
    icon: 'OR',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['oracledb']),
}
