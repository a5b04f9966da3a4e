import { openClient } from '@millrace/db'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { seededRandom } from '../seeded-random.ts'
import { TcpProxy } from './tcp-proxy.ts'

let base: TestDatabase
beforeAll(async () => {
  base = await createTestDatabase()
})
afterAll(() => base.drop())

async function connectThrough(random = seededRandom(1)) {
  const proxy = await TcpProxy.open(base.url, random)
  const client = openClient({ url: proxy.through(base.url), poolSize: 1, applicationName: 'test' })
  await client.connect()
  onTestFinished(async () => {
    await proxy.close()
    await client.end().catch(() => undefined)
  })
  const ask = () => client.query<{ n: number }>('select 1 as n').then(({ rows }) => rows[0]?.n)
  return { proxy, ask }
}

test('what is sent arrives, and arrives late when the network is slow', async () => {
  const { proxy, ask } = await connectThrough()
  expect(await ask()).toBe(1)
  proxy.become({ latencyMs: 60 })
  const beganMs = performance.now()
  expect(await ask()).toBe(1)
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(118)
})

test('a silent network keeps what is sent until it speaks again', async () => {
  const { proxy, ask } = await connectThrough()
  proxy.become({ isSilent: true })
  const answer = ask()
  expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])).toBe('silence')
  proxy.become({})
  expect(await answer).toBe(1)
})

test('a reset and a refusal break connections', async () => {
  const { proxy, ask } = await connectThrough()
  proxy.become({ resets: 1 })
  await expect(ask()).rejects.toThrow(/ECONNRESET|terminated/)
  proxy.become({ isRefusing: true })
  const late = openClient({ url: proxy.through(base.url), poolSize: 1, applicationName: 'test' })
  await expect(late.connect()).rejects.toThrow(/ECONNRESET|terminated/)
})
