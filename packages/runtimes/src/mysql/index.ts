import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- :name (text)
-- :times (int) = 1
SELECT CONCAT('Hello ', :name) AS greeting, :times AS times;
`

/** MySQL and MariaDB. */
export const mysql: QueryRuntime = {
  kind: 'query',
  id: 'mysql',
  info: {
    label: 'MySQL',
    extension: '.my.sql',
    aliases: ['mariadb'],
    editor: 'mysql',
    icon: 'MY',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['mysql2']),
}
