import { expect, test } from 'vitest'
import { bigquery } from '../../bigquery/index.ts'
import { duckdb } from '../../duckdb/index.ts'
import { mssql } from '../../mssql/index.ts'
import { mysql } from '../../mysql/index.ts'
import { oracledb } from '../../oracledb/index.ts'
import { postgresql } from '../../postgresql/index.ts'
import type { QueryRuntime } from '../../runtime.ts'
import { snowflake } from '../../snowflake/index.ts'

const resource = { host: 'h' }

function argsOf(runtime: QueryRuntime, source: string): unknown {
  const parsed = runtime.parseSignature(source)
  return parsed.ok
    ? parsed.value.args
        .filter(({ name }) => name !== 'database')
        .map((arg) => (arg.hasDefault ? [arg.name, arg.typ, arg.default] : [arg.name, arg.typ]))
    : parsed.error.message
}

function statementsOf(runtime: QueryRuntime, source: string, args: Readonly<Record<string, unknown>> = {}): unknown {
  const bound = runtime.prepare({ content: source, path: undefined }).bind({ database: resource, ...args })
  return bound.ok
    ? bound.value.statements.map(({ text, values, line }) => [text, values.map(({ value }) => value), line])
    : bound.error.message
}

const text = { str: null }

test.each<[string, unknown]>([
  ['SELECT 1', []],
  ['-- $1 name\nSELECT $1', [['name', text]]],
  ['-- $1 name (text)\nSELECT $1', [['name', text]]],
  ['-- $1 age (int)\nSELECT $1', [['age', 'int']]],
  ['-- $1 age (INT) = 3\nSELECT $1', [['age', 'int', 3]]],
  ['-- $1 n = default arg\nSELECT $1', [['n', text, 'default arg']]],
  ['-- $1 n\nSELECT $1::int', [['n', 'int']]],
  ['-- $1 n = 4\nSELECT $1::bigint', [['n', 'int', 4]]],
  ['SELECT $1::int[]', [['$1', { list: 'int' }]]],
  ['SELECT $1::double precision', [['$1', 'float']]],
  ['SELECT $1 :: numeric(10,2)', [['$1', 'float']]],
  ['SELECT $1', [['$1', text]]],
  [
    '-- $2 b\n-- $1 a\nSELECT $1, $2',
    [
      ['a', text],
      ['b', text],
    ],
  ],
  ['-- $1 a (bool) = true\nSELECT $1', [['a', 'bool', true]]],
  ['-- $1 a (jsonb) = {"x":1}\nSELECT $1', [['a', { object: { name: null, props: [] } }, { x: 1 }]]],
  ['-- $1 a (text[]) = ["x"]\nSELECT $1', [['a', { list: text }, ['x']]]],
  ['-- $1 a (bytea)\nSELECT $1', [['a', 'bytes']]],
  ['-- $1 a (timestamptz)\nSELECT $1', [['a', 'datetime']]],
  ['-- $1 a (varchar(20))\nSELECT $1', [['a', text]]],
  ['SELECT \'$1\', $$ $2 $$, "$3" -- $4\n/* $5 /* $6 */ $7 */', []],
  ["SELECT E'\\'$1', $tag$ $2 $tag$, a$3", []],
  ['-- %%t%%\nSELECT * FROM %%t%%', [['t', text]]],
  ['-- %%o%% asc/desc\nSELECT 1 ORDER BY 1 %%o%%', [['o', { str: ['asc', 'desc'] }]]],
  ['-- result_collection=nonsense\nSELECT 1', expect.stringContaining('line 1 is "nonsense"')],
])('PostgreSQL: %j', (source, expected) => {
  expect(argsOf(postgresql, source)).toEqual(expected)
})

test.each<[string, unknown]>([
  ['-- ? name (text)\nSELECT ?', [['name', text]]],
  [
    '-- ? a (int) = 2\n-- ? b\nSELECT ?, ?',
    [
      ['a', 'int', 2],
      ['b', text],
    ],
  ],
  ['-- :name (int)\nSELECT :name', [['name', 'int']]],
  ['SELECT ?', expect.stringContaining('nothing declares')],
  ['SELECT \'?\', `?`, "?" # ?\n', []],
  ["SELECT '\\'?'", []],
  ['SELECT @x := 1', []],
])('MySQL: %j', (source, expected) => {
  expect(argsOf(mysql, source)).toEqual(expected)
})

test.each<[string, unknown]>([
  ['-- $name (text)\nSELECT $name', [['name', text]]],
  ['-- $n (INTEGER) = 3\nSELECT $n', [['n', 'int', 3]]],
  [
    '-- $n (hugeint)\n-- $on (boolean) = false\nSELECT $n, $on',
    [
      ['n', 'int'],
      ['on', 'bool', false],
    ],
  ],
  ['-- $list (int[]) = [1]\nSELECT $list', [['list', { list: 'int' }, [1]]]],
  ['-- $d (decimal(10, 2))\nSELECT $d', [['d', 'float']]],
  [
    '-- $b (blob)\n-- $t (timestamp)\nSELECT $b, $t',
    [
      ['b', 'bytes'],
      ['t', 'datetime'],
    ],
  ],
  ['SELECT $undeclared', [['undeclared', text]]],
  ['SELECT \'$a\', "$b", $$ $c $$ -- $d (int) \n/* $e */', []],
])('DuckDB: %j', (source, expected) => {
  expect(argsOf(duckdb, source)).toEqual(expected)
})

test.each<[QueryRuntime, string, unknown]>([
  [mssql, '-- @P1 name (varchar)\nSELECT @P1', [['name', text]]],
  [mssql, '-- @p1 n (INT) = 3\nDECLARE @x int = @P1; SELECT @x, @@VERSION', [['n', 'int', 3]]],
  [mssql, '-- @on (bit) = 1\nSELECT @on', [['on', 'bool', true]]],
  [mssql, '-- @P1 at (datetime2(7))\nSELECT @P1', [['at', 'datetime']]],
  [mssql, "SELECT [@P1], '@P2' -- @P3 x (int)\n/* /* @P4 */ @P5 */", []],
  [bigquery, '-- @name (string)\nSELECT @name', [['name', text]]],
  [bigquery, '-- @n (int64) = 2\nSELECT @n', [['n', 'int', 2]]],
  [bigquery, '-- @ids (int64[]) = [1]\nSELECT @ids', [['ids', { list: 'int' }, [1]]]],
  [
    bigquery,
    '-- @on (bool)\n-- @at (timestamp)\n-- @doc (json)\n-- @f (float64)\nSELECT 1',
    [
      ['on', 'bool'],
      ['at', 'datetime'],
      ['doc', { object: { name: null, props: [] } }],
      ['f', 'float'],
    ],
  ],
  [bigquery, 'SELECT \'\'\'@a\'\'\', """@b""", `@c`, r"@d" -- @e (int64)\n', []],
  [snowflake, '-- ? name (varchar)\nSELECT ?', [['name', text]]],
  [snowflake, '-- :n (int) = 2\nSELECT :n', [['n', 'int', 2]]],
  [
    snowflake,
    '-- ? on (boolean)\n-- ? f (float)\nSELECT ?, ?',
    [
      ['on', 'bool'],
      ['f', 'float'],
    ],
  ],
  [snowflake, "SELECT doc:name, $$ ? $$, '?' // ?", []],
  [oracledb, '-- :name (text)\nSELECT :name FROM dual', [['name', text]]],
  [
    oracledb,
    '-- :n (number(10, 2)) = 1.5\n-- :d (date)\nSELECT :n FROM dual',
    [
      ['n', 'float', 1.5],
      ['d', 'datetime'],
    ],
  ],
  [oracledb, "SELECT q'{:a}', ':b' FROM dual", []],
])('%o: the arguments of %j', (runtime, source, expected) => {
  expect(argsOf(runtime, source)).toEqual(expected)
})

test('the database is the first argument unless it is pinned', () => {
  expect(postgresql.parseSignature('SELECT 1')).toMatchObject({
    value: { args: [{ name: 'database', typ: { resource: 'postgresql' }, hasDefault: false }] },
  })
  expect(postgresql.parseSignature('-- database u/x/y\nSELECT 1')).toMatchObject({ value: { args: [] } })
  expect(postgresql.pinnedResource('-- database u/x/y\nSELECT 1')).toBe('u/x/y')
})

test.each<[QueryRuntime, string, Record<string, unknown>, unknown]>([
  [
    postgresql,
    "SELECT ';' ; ; SELECT 2;",
    {},
    [
      ["SELECT ';'", [], 1],
      ['SELECT 2', [], 1],
    ],
  ],
  [
    postgresql,
    '-- $1 a (int)\nSELECT 1;\nSELECT $1, $1',
    { a: 5 },
    [
      ['SELECT 1', [], 2],
      ['SELECT $1::int, $1::int', [5], 3],
    ],
  ],
  [
    postgresql,
    'SELECT $2::int;SELECT $1::int',
    { $1: 1, $2: 2 },
    [
      ['SELECT $1::int', [2], 1],
      ['SELECT $1::int', [1], 1],
    ],
  ],
  [
    postgresql,
    'BEGIN; SELECT 1; END',
    {},
    [
      ['BEGIN', [], 1],
      ['SELECT 1', [], 1],
      ['END', [], 1],
    ],
  ],
  [
    postgresql,
    'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
    {},
    [
      ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END', [], 1],
      ['SELECT 3', [], 1],
    ],
  ],
  [
    postgresql,
    '-- %%t%%\nSELECT * FROM %%t%% -- %%t%%\nWHERE true',
    { t: 'a.b' },
    [['SELECT * FROM a.b -- %%t%%\nWHERE true', [], 2]],
  ],
  [
    postgresql,
    '-- %%t%%\nSELECT * FROM %%t%%',
    { t: 'x; DROP TABLE y' },
    expect.stringContaining('must be the name of a table'),
  ],
  [postgresql, '-- %%o%% asc/desc\nSELECT 1 %%o%%', { o: 'up' }, expect.stringContaining('one of asc, desc')],
  [postgresql, '-- nothing', {}, expect.stringContaining('no statement')],
  [mysql, '-- :a\n-- :b\nSELECT :b, :a, :b', { a: 1, b: 2 }, [['SELECT ?, ?, ?', [2, 1, 2], 3]]],
  [
    mysql,
    '-- ? a\n-- ? b\nSELECT ?; SELECT ?',
    { a: 1, b: 2 },
    [
      ['SELECT ?', [1], 3],
      ['SELECT ?', [2], 3],
    ],
  ],
  [
    mysql,
    'DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\nCALL p();',
    {},
    [
      ['CREATE PROCEDURE p() BEGIN SELECT 1; END', [], 2],
      ['CALL p()', [], 4],
    ],
  ],
  [
    mysql,
    'CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; END; CALL p()',
    {},
    [
      ['CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; END', [], 1],
      ['CALL p()', [], 1],
    ],
  ],
  [
    mssql,
    '-- @P1 n (int)\nSELECT 1; SELECT @P1\nGO\nSELECT @p1, @other',
    { n: 5 },
    [
      ['SELECT 1; SELECT @P1', [5], 2],
      ['SELECT @P1, @other', [5], 4],
    ],
  ],
  [bigquery, 'DECLARE x INT64 DEFAULT 1; SELECT x;', {}, [['DECLARE x INT64 DEFAULT 1; SELECT x;', [], 1]]],
  [
    bigquery,
    '-- @n (int64)\nBEGIN TRANSACTION; SELECT @n; COMMIT TRANSACTION',
    { n: 1 },
    [
      ['BEGIN TRANSACTION', [], 2],
      ['SELECT @n', [1], 2],
      ['COMMIT TRANSACTION', [], 2],
    ],
  ],
  [
    snowflake,
    '-- :a\nSELECT :a, v:b // ; not here\n; SELECT $$a;b$$',
    { a: 1 },
    [
      ['SELECT ?, v:b', [1], 2],
      ['SELECT $$a;b$$', [], 3],
    ],
  ],
  [
    snowflake,
    'BEGIN LET x := 1; RETURN x; END; SELECT 2',
    {},
    [
      ['BEGIN LET x := 1; RETURN x; END', [], 1],
      ['SELECT 2', [], 1],
    ],
  ],
  [
    oracledb,
    '-- :n (int)\nBEGIN p(:n); END;\n/\nSELECT :n, :n FROM dual;',
    { n: 1 },
    [
      ['BEGIN p(:n); END;', [1], 2],
      ['SELECT :n, :n FROM dual', [1], 4],
    ],
  ],
])('%o: %j', (runtime, source, args, expected) => {
  expect(statementsOf(runtime, source, args)).toEqual(expected)
})

test('DuckDB needs no connection, and casts what a comment declares', () => {
  expect(duckdb.parseSignature('SELECT 1')).toMatchObject({ value: { args: [] } })
  const source = '-- $a (int)\n-- $b (json)\nSELECT $b, $a, $b, $c'
  expect(statementsOf(duckdb, source, { a: 1, b: { x: 2 }, c: 3 })).toEqual([
    ['SELECT $1::json, $2::int, $1::json, $3', [{ x: 2 }, 1, 3], 3],
  ])
})

test('a connection that is no resource says what to give', () => {
  const prepared = postgresql.prepare({ content: 'SELECT 1', path: undefined })
  expect(prepared.bind({})).toMatchObject({ error: { message: expect.stringContaining('"database" is not given') } })
  expect(prepared.bind({ database: '$res:u/x/y' })).toMatchObject({
    error: { message: expect.stringContaining('is no resource') },
  })
})
