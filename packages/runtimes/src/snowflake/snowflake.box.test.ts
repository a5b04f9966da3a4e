import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import { testQueryRuntime } from '../test-query-runtime.ts'
import { snowflake } from './index.ts'
import { SnowflakePeer } from './testing/start-snowflake.ts'

let peer: SnowflakePeer
beforeAll(async () => {
  peer = await SnowflakePeer.start()
})
afterAll(() => peer.stop())

const { run } = testQueryRuntime(
  snowflake,
  {
    row: "-- :n (int)\nSELECT :n AS n, 'é' AS t",
    slow: 'SELECT /* slow */ SYSTEM$WAIT(600)',
    slowOnes: `SELECT COUNT(*) AS n FROM running WHERE statement LIKE CONCAT('%/* slow', ' */%')`,
    failing: {
      source: 'CREATE TABLE t (a INT);\nINSERT INTO t VALUES (1), (2);\nSELECT nothing\nFROM t',
      mentions: 'nothing',
    },
    manyRows: 'SELECT * FROM range(20000)',
    session: {
      make: 'CREATE TEMPORARY TABLE own (a INT);\nSELECT 1 AS n',
      peek: 'SELECT a FROM own',
    },
    values: {
      source: `SELECT 9223372036854775807 AS a, 1.50 AS b, 1.5e0::DOUBLE AS c, 'nan'::DOUBLE AS d, '\\x00\\xff'::BLOB AS e,
        TIMESTAMP '2024-01-02 03:04:05.123456' AS f, TIMESTAMP '1969-12-31 23:59:59.5' AS g, DATE '2024-01-02' AS h,
        NULL AS i, true AS j, TIME '03:04:05.5' AS k, TIMESTAMPTZ '2024-01-02 03:04:05+00' AS l,
        '{"x": 12345678901234567890}'::JSON AS m, 'ß' AS n`,
      rows: '[{"a":9223372036854775807,"b":1.50,"c":1.5,"d":"NaN","e":"AP8=","f":"2024-01-02T03:04:05.123456","g":"1969-12-31T23:59:59.5","h":"2024-01-02","i":null,"j":true,"k":"03:04:05.5","l":"2024-01-02T00:34:05-02:30","m":{"x":12345678901234567890},"n":"ß"}]',
    },
  },
  async () => ({
    host: await openQueryHost(snowflake),
    server: { found: true, resource: peer.resource, stop: () => Promise.resolve() },
  }),
)

test('each declared type is bound as that type, in the place of the resource', async () => {
  const source = `-- ? age (number(10, 2))
-- ? rate (float)
-- ? on (boolean)
-- ? data (binary)
-- ? other
SELECT ? AS age, ? AS rate, ? AS "on", ? AS data, ? AS other`
  const args = { age: 4, rate: 1.5, on: true, data: 'AP8=', other: 'é' }
  expect(await run(source, args).ended).toMatchObject({
    value: [{ age: 4, rate: 1.5, on: true, data: 'AP8=', other: 'é' }],
  })
  expect(peer.asked.at(-1)).toMatchObject({
    database: 'SHOP',
    warehouse: 'SMALL',
    bindings: {
      1: { type: 'FIXED', value: '4' },
      2: { type: 'REAL', value: '1.5' },
      3: { type: 'BOOLEAN', value: 'true' },
      4: { type: 'BINARY', value: '00ff' },
      5: { type: 'TEXT', value: 'é' },
    },
  })
})

test('a token is sent as it is, and a resource that does not let in says why', async () => {
  const { private_key: _, ...keyless } = peer.resource
  const message = async (database: Readonly<Record<string, unknown>>) => {
    const end = await run('SELECT 1 AS n', { database }).ended
    return end.kind === 'error' ? `${end.error.name}: ${end.error.message}` : end.json
  }
  expect(await message({ ...keyless, token: 'access-token' })).toBe('[{"n":1}]')
  expect(await message({ ...keyless, token: 'old' })).toContain('JWT token is invalid. (390144)')
  expect(await message({ ...keyless, password: 'x' })).toContain(
    'ConfigError: the resource has no "private_key" and no',
  )
  expect(await message({ ...peer.resource, username: 'other' })).toContain('JWT token is invalid')
  expect(await message({ ...peer.resource, account_identifier: undefined })).toContain('no "account_identifier"')
})
