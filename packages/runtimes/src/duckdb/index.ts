import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import type { Dialect } from '../shared/sql/dialect.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'

const STARTER = `-- $name (text)
-- $times (int) = 1
SELECT 'Hello ' || $name AS greeting FROM range($times);
`

const json = { object: { name: null, props: [] } } as const

const dialect: Dialect = {
  placeholders: 'name',
  binding: 'numbered',
  splitting: 'semicolon',
  blocks: 'none',
  // Its database lives in the job.
  resource: undefined,
  hashComments: false,
  nestedComments: true,
  dollarQuotes: true,
  backslash: 'escape-text',
  brackets: false,
  tripleQuotes: false,
  quoteOperator: false,
  delimiterCommand: false,
  types: {
    tinyint: 'int',
    smallint: 'int',
    int: 'int',
    integer: 'int',
    bigint: 'int',
    hugeint: 'int',
    utinyint: 'int',
    usmallint: 'int',
    uinteger: 'int',
    ubigint: 'int',
    float: 'float',
    real: 'float',
    double: 'float',
    decimal: 'float',
    numeric: 'float',
    bool: 'bool',
    boolean: 'bool',
    blob: 'bytes',
    bytea: 'bytes',
    varbinary: 'bytes',
    json,
    struct: json,
    map: json,
    date: 'datetime',
    datetime: 'datetime',
    timestamp: 'datetime',
    timestamptz: 'datetime',
    'timestamp with time zone': 'datetime',
    time: 'datetime',
  },
}

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
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['@duckdb/node-api']),
}
