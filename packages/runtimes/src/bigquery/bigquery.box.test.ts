import { afterAll, beforeAll, expect, test } from 'vitest'
import { openQueryHost } from '../shared/testing/open-query-host.ts'
import { testQueryRuntime } from '../test-query-runtime.ts'
import { bigquery } from './index.ts'
import { BigqueryPeer } from './testing/start-bigquery.ts'

let peer: BigqueryPeer
beforeAll(async () => {
  peer = await BigqueryPeer.start()
})
afterAll(() => peer.stop())

const { run } = testQueryRuntime(
  bigquery,
  {
    row: "-- @n (int64)\nSELECT @n AS n, 'é' AS t",
    slow: 'SELECT /* slow */ 1',
    slowOnes: `SELECT COUNT(*) AS n FROM running WHERE statement LIKE CONCAT('%/* slow', ' */%')`,
    failing: {
      source: 'CREATE TEMP TABLE t (a INT64);\nINSERT INTO t VALUES (1), (2);\nSELECT nothing\nFROM t',
      mentions: 'nothing',
    },
    manyRows: 'SELECT * FROM range(20000)',
    session: {
      make: 'CREATE TEMP TABLE own AS SELECT 1 AS n;\nSELECT n FROM own',
      peek: 'SELECT n FROM own',
    },
    values: {
      source: `SELECT 9223372036854775807 AS a, 1.50 AS b, 1.5e0::DOUBLE AS c, 'nan'::DOUBLE AS d, '\\x00\\xff'::BLOB AS e,
        TIMESTAMPTZ '2024-01-02 03:04:05.123456+00' AS f, TIMESTAMP '2024-01-02 03:04:05' AS g, DATE '2024-01-02' AS h,
        NULL AS i, true AS j, [1, 2] AS k, {'x': 1, 'y': 'ß'} AS l, '{"x": 12345678901234567890}'::JSON AS m`,
      rows: '[{"a":9223372036854775807,"b":1.50,"c":1.5,"d":"NaN","e":"AP8=","f":"2024-01-02T03:04:05.123456Z","g":"2024-01-02T03:04:05","h":"2024-01-02","i":null,"j":true,"k":[1,2],"l":{"x":1,"y":"ß"},"m":{"x":12345678901234567890}}]',
    },
  },
  async () => ({
    host: await openQueryHost(bigquery),
    server: { found: true, resource: peer.resource, stop: () => Promise.resolve() },
  }),
)

test('each declared type is a parameter of that type', async () => {
  const source = `-- @list (int64[])
-- @data (bytes)
-- @at (datetime)
-- @doc (json)
-- @other
SELECT @list AS list, @data AS data, @doc AS doc, @at AS at, @other AS other`
  const args = { list: [1, 2], data: 'AP8=', at: '2024-01-02T03:04:05Z', doc: { x: 1 }, other: 'é' }
  expect(await run(source, args).ended).toMatchObject({
    value: [{ list: [1, 2], data: 'AP8=', doc: { x: 1 }, at: '2024-01-02T03:04:05', other: 'é' }],
  })
  expect(peer.asked.at(-1)?.query['queryParameters']).toMatchObject([
    { name: 'list', parameterType: { type: 'ARRAY', arrayType: { type: 'INT64' } } },
    { name: 'data', parameterType: { type: 'BYTES' } },
    { name: 'doc', parameterType: { type: 'JSON' }, parameterValue: { value: '{"x":1}' } },
    { name: 'at', parameterType: { type: 'DATETIME' }, parameterValue: { value: '2024-01-02T03:04:05' } },
    { name: 'other', parameterType: { type: 'STRING' } },
  ])
})

test('several statements share a session, which ends with the job; one alone begins none', async () => {
  expect(await run('CREATE TEMP TABLE x AS SELECT 5 AS n; SELECT n FROM x').ended).toMatchObject({ value: [{ n: 5 }] })
  await expect.poll(() => peer.openSessions).toBe(0)
  await run('SELECT 1 AS n').ended
  expect(peer.asked.at(-1)?.query['createSession']).toBeUndefined()
})

test('a server that is busy is asked again, and does nothing twice', async () => {
  peer.busyCalls = 2
  const before = peer.asked.length
  expect(await run('SELECT 7 AS n').ended).toMatchObject({ value: [{ n: 7 }] })
  expect(peer.asked.length).toBe(before + 1)
})

test('a resource that does not let in says why', async () => {
  const message = async (database: Readonly<Record<string, unknown>>) => {
    const end = await run('SELECT 1', { database }).ended
    return end.kind === 'error' ? `${end.error.name}: ${end.error.message}` : end.json
  }
  const { private_key: _, ...keyless } = peer.resource
  expect(await message({})).toContain('ConfigError: the resource has no "project_id"')
  expect(await message(keyless)).toContain('no "private_key": give the JSON key')
  expect(await message({ ...peer.resource, private_key: 'no key' })).toContain('no private key as PEM')
  expect(await message({ ...peer.resource, client_email: 'x@y' })).toContain('Invalid JWT Signature. (invalid_grant)')
  expect(await message({ ...keyless, access_token: 'old' })).toContain('Invalid Credentials')
  expect(await message({ ...keyless, access_token: 'let-me-in', api_endpoint: 'file:///x' })).toContain(
    '"api_endpoint"',
  )
})
