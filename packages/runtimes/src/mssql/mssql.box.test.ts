import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import { testQueryRuntime } from '../test-query-runtime.ts'
import { mssql } from './index.ts'
import { SqlServerPeer } from './testing/start-sql-server.ts'

let peer: SqlServerPeer
beforeAll(async () => {
  peer = await SqlServerPeer.start()
})
afterAll(() => peer.stop())

const { run } = testQueryRuntime(
  mssql,
  {
    row: "-- @P1 n (int)\nSELECT @P1 AS n, 'é' AS t",
    slow: "WAITFOR /* slow */ DELAY '00:10:00'",
    slowOnes: `SELECT COUNT(*) AS n FROM running WHERE statement LIKE CONCAT('%/* slow', ' */%')`,
    failing: {
      source: 'SELECT 1\nGO\nSELECT 2 AS GO;\nGO\nSELECT nothing\nFROM range(1)',
      mentions: 'nothing',
      line: 5,
    },
    manyRows: 'SELECT * FROM range(20000)',
    session: {
      make: 'CREATE TEMP TABLE own AS SELECT 1 AS n; SELECT n FROM own',
      peek: 'SELECT n FROM own',
    },
    values: {
      source: `SELECT 9223372036854775807 AS a, 123456789012345678901234567890.12 AS b, -0.05 AS c, 1.5e0::DOUBLE AS d,
        '\\x00\\xff'::BLOB AS e, TIMESTAMP '2024-01-02 03:04:05.123456' AS f, DATE '2024-01-02' AS g, NULL AS h, true AS i,
        TIME '03:04:05.000001' AS j, TIMESTAMPTZ '2024-01-02 03:04:05.5+00' AS k, 'ß' AS l, NULL::DECIMAL AS m`,
      rows: '[{"a":9223372036854775807,"b":123456789012345678901234567890.12,"c":-0.05,"d":1.5,"e":"AP8=","f":"2024-01-02T03:04:05.123456","g":"2024-01-02","h":null,"i":true,"j":"03:04:05.000001","k":"2024-01-02T03:04:05.5Z","l":"ß","m":null}]',
    },
  },
  async () => ({
    host: await openQueryHost(mssql),
    server: { found: true, resource: peer.resource, stop: () => Promise.resolve() },
  }),
)

test('each declared type is a parameter of that type', async () => {
  const source = `-- @P1 big (bigint)
-- @P2 price (decimal(10, 2))
-- @P3 on (bit)
-- @P4 data (varbinary(max))
-- @P5 at (datetime2)
-- @P6 other
-- @P7 exact (decimal(38, 0))
SELECT @P1 AS big, @P2 AS price, @P3 AS "on", @P4 AS data, @P5 AS at, @P6 AS other, @P7 AS exact`
  const args = {
    big: 2 ** 40,
    price: 1.25,
    on: true,
    data: 'AP8=',
    at: '2024-01-02T03:04:05.5Z',
    other: 'é',
    exact: '9'.repeat(38),
  }
  expect(await run(source, args).ended).toMatchObject({
    value: [{ big: 2 ** 40, price: 1.25, on: true, data: 'AP8=', other: 'é', exact: '9'.repeat(38) }],
  })
  expect(peer.called.at(-1)).toMatchObject({
    types: expect.stringMatching(
      /@P1 bigint, @P2 decimal\(38, 2\), @P3 bit, @P4 varbinary\(2\), @P5 datetime2\(7\), @P6 nvarchar/,
    ),
    P5: '2024-01-02 03:04:05.500',
  })
})

test('a batch gives each of its sets, and what it prints is in the log', async () => {
  const end = await run("-- result_collection=all_statements_all_rows\nSELECT 1 AS a; PRINT 'half way'; SELECT 2 AS b")
    .ended
  expect(end).toMatchObject({ kind: 'result', value: [[{ a: 1 }], [{ b: 2 }]], log: 'half way\n' })
})

test('a value that is none of its type fails before it is sent', async () => {
  expect(await run('-- @P1 n (int)\nSELECT @P1', { n: 'four' }).ended).toMatchObject({
    error: { name: 'QueryError', message: expect.stringContaining("Validation failed for parameter 'P1'") },
  })
})

test('a resource that does not let in says why', async () => {
  const message = async (database: Readonly<Record<string, unknown>>) => {
    const end = await run('SELECT 1', { database }).ended
    return end.kind === 'error' ? `${end.error.name}: ${end.error.message}` : end.json
  }
  expect(await message({})).toContain('ConfigError: the resource has no "host"')
  expect(await message({ ...peer.resource, password: 'wrong' })).toContain("Login failed for user 'millrace'. (ELOGIN)")
  expect(await message({ ...peer.resource, port: 1 })).toMatch(/^ConnectionError: cannot connect: .*ECONNREFUSED/s)
  expect(await message({ ...peer.resource, encrypt: true })).toContain('encrypt')
})
