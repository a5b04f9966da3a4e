import type { QueryRuntime } from '../runtime.ts'
import { findDriver } from '../shared/query-toolchain.ts'
import type { Dialect } from '../shared/sql/dialect.ts'
import { sqlRuntime } from '../shared/sql/sql-runtime.ts'

const STARTER = `-- the first argument is the database; pin one with "-- database f/folder/resource"
-- $1 name (text)
-- $2 times (int) = 1
SELECT 'Hello ' || $1 AS greeting FROM generate_series(1, $2);
`

const ID = 'postgresql'

const dialect: Dialect = {
  placeholders: 'number',
  binding: 'numbered',
  splitting: 'semicolon',
  blocks: 'atomic',
  resource: ID,
  hashComments: false,
  nestedComments: true,
  dollarQuotes: true,
  backslash: 'escape-text',
  brackets: false,
  tripleQuotes: false,
  quoteOperator: false,
  delimiterCommand: false,
  types: {
    smallint: 'int',
    int: 'int',
    int2: 'int',
    int4: 'int',
    int8: 'int',
    integer: 'int',
    bigint: 'int',
    smallserial: 'int',
    serial: 'int',
    bigserial: 'int',
    oid: 'int',
    real: 'float',
    float: 'float',
    float4: 'float',
    float8: 'float',
    double: 'float',
    'double precision': 'float',
    numeric: 'float',
    decimal: 'float',
    bool: 'bool',
    boolean: 'bool',
    bytea: 'bytes',
    json: { object: { name: null, props: [] } },
    jsonb: { object: { name: null, props: [] } },
    timestamp: 'datetime',
    timestamptz: 'datetime',
    'timestamp with time zone': 'datetime',
    'timestamp without time zone': 'datetime',
    date: 'datetime',
    time: 'datetime',
    timetz: 'datetime',
  },
}

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
  ...sqlRuntime(dialect),
  findToolchain: (host) => findDriver(host, ['pg']),
}
