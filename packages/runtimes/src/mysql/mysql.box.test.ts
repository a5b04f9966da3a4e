import { expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import { testQueryRuntime } from '../test-query-runtime.ts'
import { mysql } from './index.ts'
import { startMariadb } from './testing/start-mariadb.ts'

const { run } = testQueryRuntime(
  mysql,
  {
    row: "-- :n (int)\nSELECT CAST(:n AS INT) AS n, 'é' AS t",
    slow: 'SELECT /* slow */ SLEEP(600)',
    slowOnes: `SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE CONCAT('%/* slow', ' */%')`,
    failing: {
      source: 'CREATE TEMPORARY TABLE t (a INT);\nINSERT INTO t VALUES (1), (2);\nSELECT nothing\nFROM t',
      mentions: 'nothing',
    },
    manyRows: 'SELECT seq FROM seq_1_to_20000',
    session: {
      make: 'SET @own = 1;\nCREATE TEMPORARY TABLE own (a INT);\nSELECT @own AS n',
      peek: 'SELECT a FROM own',
    },
    values: {
      source: `SELECT 9223372036854775807 AS a, 18446744073709551615 AS b, 1.50 AS c, 1.5e0 AS d, x'00ff' AS e,
        TIMESTAMP '2024-01-02 03:04:05.123456' AS f, DATE '2024-01-02' AS g, NULL AS h, b'1' AS i, 'ß' AS j, CAST('ab' AS CHAR) AS k`,
      rows: '[{"a":9223372036854775807,"b":18446744073709551615,"c":1.50,"d":1.5,"e":"AP8=","f":"2024-01-02T03:04:05.123456","g":"2024-01-02","h":null,"i":"AQ==","j":"ß","k":"ab"}]',
    },
  },
  async () => ({ host: await openQueryHost(mysql), server: await startMariadb() }),
)

test('bytes, bits, lists of several statements and what was written come back', async () => {
  const source = `-- ? data (blob)
-- ? at (datetime)
-- result_collection=all_statements_all_rows
CREATE OR REPLACE TABLE kept (id INT PRIMARY KEY, data BLOB, flag BIT(1), at DATETIME, doc JSON);
INSERT INTO kept VALUES (1, ?, b'1', ?, '{"x": 12345678901234567890}');
SELECT * FROM kept;
DROP TABLE kept`
  const end = await run(source, { data: 'AP8=', at: '2024-01-02T03:04:05Z' }).ended
  expect(end).toMatchObject({
    kind: 'result',
    value: [
      [],
      [],
      [{ id: 1, data: 'AP8=', flag: true, at: '2024-01-02T03:04:05', doc: { x: 12345678901234567000 } }],
      [],
    ],
  })
})

test('a procedure with its own delimiter is made and called, and gives its last rows', async () => {
  const source = `DELIMITER //
CREATE OR REPLACE PROCEDURE twice(n INT) BEGIN
  SELECT n AS a;
  SELECT n * 2 AS a;
END//
DELIMITER ;
CALL twice(21)`
  expect(await run(source).ended).toMatchObject({ kind: 'result', value: [{ a: 42 }] })
})

test('a wrong password is told as such', async () => {
  const database = { host: '127.0.0.1', port: 1, user: 'millrace', password: 'wrong' }
  expect(await run('SELECT 1', { database }).ended).toMatchObject({
    error: { name: 'ConnectionError', message: expect.stringContaining('ECONNREFUSED') },
  })
})
