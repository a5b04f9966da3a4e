import { createServer, type AddressInfo } from 'node:net'
import { silentLogger } from '@millrace/base/logger'
import type { MetricSource } from '@millrace/base/metrics'
import { expect, onTestFinished, test } from 'vitest'
import { metricsServer } from './metrics-server.ts'
import { processMetrics } from './process-metrics.ts'

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function serve(read: MetricSource): Promise<string> {
  const port = await freePort()
  const service = metricsServer({ host: '127.0.0.1', port, read, log: silentLogger })
  await service.start(new AbortController().signal)
  onTestFinished(() => service.stop())
  return `http://127.0.0.1:${port}`
}

test('it tells the figures of this process, and nothing else', async () => {
  const url = await serve(processMetrics)
  const reply = await fetch(`${url}/metrics`)
  const text = await reply.text()
  expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const rss = Number(/^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1])
  expect(rss).toBeGreaterThan(10_000_000)
  expect(text).toMatch(/^process_cpu_seconds_total \d+\.?\d*$/m)
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(404)
})

test('figures that cannot be read are 503, and the process lives', async () => {
  const url = await serve(() => Promise.reject(new Error('away')))
  expect((await fetch(`${url}/metrics`)).status).toBe(503)
  expect((await fetch(`${url}/metrics`)).status).toBe(503)
})
