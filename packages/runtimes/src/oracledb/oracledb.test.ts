import { expect, test } from 'vitest'
import { fetchingOf, toBind, type OracleTypes } from './files/values.ts'
import { oracledb } from './index.ts'

const types: OracleTypes = {
  DB_TYPE_NUMBER: 'number',
  DB_TYPE_VARCHAR: 'varchar',
  DB_TYPE_CLOB: 'clob',
  DB_TYPE_NCLOB: 'nclob',
  DB_TYPE_BLOB: 'blob',
  DB_TYPE_RAW: 'raw',
  DB_TYPE_DATE: 'date',
  DB_TYPE_TIMESTAMP: 'timestamp',
  DB_TYPE_BOOLEAN: 'boolean',
}

test.each<[string | undefined, unknown, unknown]>([
  ['int', 4, { val: 4 }],
  ['number', '1.5', { val: 1.5 }],
  ['number', '12345678901234567890', { val: '12345678901234567890' }],
  ['double precision', '2.5', { val: 2.5 }],
  ['boolean', true, { val: true, type: 'boolean' }],
  [undefined, true, { val: 1 }],
  ['text', 'é', { val: 'é' }],
  [undefined, { x: 1 }, { val: '{"x":1}' }],
  ['blob', 'AP8=', { val: Buffer.from([0, 255]), type: 'raw' }],
  ['int', null, { val: null, type: 'varchar' }],
  ['date', '2024-01-02', { val: new Date(2024, 0, 2) }],
  ['timestamp', '2024-01-02T03:04:05.5Z', { val: new Date(2024, 0, 2, 3, 4, 5, 500) }],
  ['timestamp with time zone', '2024-01-02T03:04:05Z', { val: new Date(Date.UTC(2024, 0, 2, 3, 4, 5)) }],
])('an argument (%s) of %j is bound', (type, value, bound) => {
  expect(toBind({ name: 'a', type, value }, types)).toEqual(bound)
})

test.each<[string, unknown, string]>([
  ['number', '12345678901234567890.12', '12345678901234567890.12'],
  ['number', '-.5', '-0.5'],
  ['number', null, 'null'],
  ['clob', 'é', '"é"'],
  ['blob', Buffer.from([0, 255]), '"AP8="'],
  ['date', new Date(2024, 0, 2, 3, 4, 5), '"2024-01-02T03:04:05"'],
  ['timestamp with time zone', new Date(Date.UTC(2024, 0, 2)), '"2024-01-02T00:00:00.000Z"'],
  ['binary double', Infinity, '"Infinity"'],
  ['vector', Float32Array.of(1, 0.5), '[1,0.5]'],
])('a column (%s) of %o is JSON with all its digits', (dbType, value, json) => {
  // What a text is on the disk of the helper's Node stays one here.
  expect(JSON.stringify(fetchingOf(dbType, types).converter(value))).toBe(json)
})

test('a block of PL/SQL is one statement, and a slash ends it', () => {
  const source = `BEGIN
  FOR i IN 1..:n LOOP NULL; END LOOP;
END;
/
SELECT q'[it's; :n]' FROM dual WHERE a = :n AND b = :undeclared;
-- :n (int)`
  const bound = oracledb.prepare({ content: source, path: undefined }).bind({ database: {}, n: 2 })
  expect(bound).toMatchObject({
    value: {
      statements: [
        { text: 'BEGIN\n  FOR i IN 1..:n LOOP NULL; END LOOP;\nEND;', values: [{ name: 'n', type: 'int', value: 2 }] },
        { text: "SELECT q'[it's; :n]' FROM dual WHERE a = :n AND b = :undeclared", line: 5 },
      ],
    },
  })
})
