import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import type { Dialect } from '../shared/sql/dialect.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- :name (text)
-- :times (int) = 1
SELECT CONCAT('Hello ', :name) AS greeting, :times AS times;
`

const ID = 'mysql'

const dialect: Dialect = {
  placeholders: 'question',
  binding: 'question',
  splitting: 'semicolon',
  blocks: 'compound',
  resource: ID,
  hashComments: true,
  nestedComments: false,
  dollarQuotes: false,
  backslash: 'always',
  brackets: false,
  tripleQuotes: false,
  quoteOperator: false,
  delimiterCommand: true,
  types: {
    tinyint: 'int',
    smallint: 'int',
    mediumint: 'int',
    int: 'int',
    integer: 'int',
    bigint: 'int',
    float: 'float',
    double: 'float',
    real: 'float',
    decimal: 'float',
    numeric: 'float',
    bool: 'bool',
    boolean: 'bool',
    bit: 'bool',
    binary: 'bytes',
    varbinary: 'bytes',
    blob: 'bytes',
    json: { object: { name: null, props: [] } },
    date: 'datetime',
    datetime: 'datetime',
    timestamp: 'datetime',
    time: 'datetime',
  },
}

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
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['mysql2']),
}
