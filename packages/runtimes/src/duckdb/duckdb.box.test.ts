import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import { testQueryRuntime } from '../test-query-runtime.ts'
import { duckdb } from './index.ts'

const { run } = testQueryRuntime(
  duckdb,
  {
    row: "-- $n (int)\nSELECT $n AS n, 'é' AS t",
    slow: 'SELECT /* slow */ count(*) FROM range(10000000000) a, range(10000000000) b WHERE a.range % 7 = b.range % 11',
    slowOnes: undefined,
    failing: {
      source: 'CREATE TABLE t (a INT);\nINSERT INTO t VALUES (1), (2);\nSELECT nothing\nFROM t',
      mentions: 'nothing',
    },
    manyRows: 'SELECT * FROM range(20000)',
    session: { make: 'CREATE TABLE own (a INT);\nSELECT 1 AS n', peek: 'SELECT a FROM own' },
    values: {
      source: `SELECT 9223372036854775807 AS a, 170141183460469231731687303715884105727::hugeint AS b, 1.50 AS c, 'nan'::double AS d,
        '\\x00\\xFF'::blob AS e, TIMESTAMP '2024-01-02 03:04:05.123456' AS f, DATE '2024-01-02' AS g, NULL AS h, [1.5, NULL] AS i,
        {'x': 12345678901234567890} AS j, '{"x":12345678901234567890}'::json AS k, map {'a': 1} AS l`,
      rows: '[{"a":9223372036854775807,"b":170141183460469231731687303715884105727,"c":1.50,"d":"NaN","e":"AP8=","f":"2024-01-02T03:04:05.123456","g":"2024-01-02","h":null,"i":[1.5,null],"j":{"x":12345678901234567890},"k":{"x":12345678901234567890},"l":[{"key":"a","value":1}]}]',
    },
  },
  async () => ({
    host: await openQueryHost(duckdb),
    server: { found: true, resource: undefined, stop: () => Promise.resolve() },
  }),
)

test('lists, objects, bytes and times are bound by their declared types', async () => {
  const source = `-- $list (int[])
-- $doc (json)
-- $data (blob)
-- $day (date)
SELECT list_sum($list) AS sum, $doc->>'x' AS x, octet_length($data) AS bytes, $day + 1 AS next`
  const args = { list: [1, 2, 3], doc: { x: 'é' }, data: 'AP8=', day: '2024-02-28' }
  expect(await run(source, args).ended).toMatchObject({
    kind: 'result',
    value: [{ sum: 6, x: 'é', bytes: 2, next: '2024-02-29' }],
  })
})

test('files of the host are not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-secret-'))
  await writeFile(join(folder, 'secret.csv'), 'a\n1\n', { mode: 0o644 })
  const read = (file: string) => run(`SELECT size FROM read_blob('${file}')`).ended
  expect(await read('/runtime/language/files/driver.mjs')).toMatchObject({ value: [{ size: expect.any(Number) }] })
  for (const file of [join(folder, 'secret.csv'), '/etc/shadow']) expect(await read(file)).toMatchObject({ value: [] })
  await rm(folder, { recursive: true })
})

test('what a job writes to its disk is not there for the next', async () => {
  expect(await run("COPY (SELECT 1 AS a) TO '/tmp/own.csv'; SELECT a FROM '/tmp/own.csv'").ended).toMatchObject({
    value: [{ a: 1 }],
  })
  expect(await run("SELECT a FROM '/tmp/own.csv'").ended).toMatchObject({ kind: 'error' })
})
