import { createServer, type ServerResponse } from 'node:http'
import type { Service } from '@millrace/base/lifecycle'
import type { Logger } from '@millrace/base/logger'
import { formatMetrics, METRICS_TYPE, type MetricSource } from '@millrace/base/metrics'

/** Where the metrics of a process without an API are read. */
export interface MetricsServerOptions {
  readonly host: string
  readonly port: number
  readonly read: MetricSource
  readonly log: Logger
}

/** Answers `GET /metrics` with the figures of this process, to whoever reaches the port. */
export function metricsServer({ host, port, read, log }: MetricsServerOptions): Service {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics')
      return void response.writeHead(404).end('Only GET /metrics is here.\n')
    void answer(response, read, log)
  })
  return {
    name: 'metrics',
    start() {
      return new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => {
          log.info({ host, port }, 'the metrics of this process are served')
          resolve()
        })
      })
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function answer(response: ServerResponse, read: MetricSource, log: Logger): Promise<void> {
  try {
    const text = formatMetrics(await read())
    response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text)
  } catch (error) {
    log.warn({ err: error }, 'the metrics cannot be read')
    response.writeHead(503).end('The metrics cannot be read.\n')
  }
}
