import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'
import { dialect } from './dialect.ts'
import { parseSignature } from './signature.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- @P1 name (nvarchar)
-- @P2 times (int) = 1
SELECT CONCAT('Hello ', @P1) AS greeting, @P2 AS times;
`

/** Microsoft SQL Server and Azure SQL. */
export const mssql: QueryRuntime = {
  kind: 'query',
  id: 'mssql',
  info: {
    label: 'SQL Server',
    extension: '.ms.sql',
    aliases: ['sqlserver'],
    editor: 'sql',
    icon: 'MS',
    starter: STARTER,
  },
  isNative: true,
  files: new URL('./files/', import.meta.url),
  helper: 'per-workspace',
  parseSignature,
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['tedious']),
}
