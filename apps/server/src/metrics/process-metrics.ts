import type { Metric, MetricSource } from '@millrace/base/metrics'
import type { Database } from '@millrace/db'

/** Processor, memory and age of this process. */
export const processMetrics: MetricSource = () => {
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  const startedAtS = Date.now() / 1000 - process.uptime()
  return Promise.resolve([
    one('process_cpu_seconds_total', 'Processor time of this process.', 'counter', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'Resident memory of this process.', 'gauge', rss),
    one('nodejs_heap_used_bytes', 'Memory that JavaScript objects take.', 'gauge', heapUsed),
    one('process_start_time_seconds', 'When this process began, in seconds since 1970.', 'gauge', startedAtS),
  ])
}

/** How far the connections of this process to the database are used; a pool is named by what it is for. */
export function poolMetrics(databases: readonly Database[]): MetricSource {
  return () => {
    const pools = databases.map(({ pool, options }) => ({
      labels: { pool: options.applicationName.replace(/^millrace:/, '') },
      used: pool.totalCount - pool.idleCount,
      waiting: pool.waitingCount,
      size: options.poolSize,
    }))
    const perPool = (name: string, help: string, read: (pool: (typeof pools)[number]) => number): Metric => {
      return { name, help, type: 'gauge', values: pools.map((pool) => ({ labels: pool.labels, value: read(pool) })) }
    }
    return Promise.resolve([
      perPool('millrace_pool_used_connections', 'Connections in use.', (pool) => pool.used),
      perPool('millrace_pool_size', 'Connections that a pool has at the most.', (pool) => pool.size),
      perPool('millrace_pool_waiting_calls', 'Calls that wait for a connection.', (pool) => pool.waiting),
    ])
  }
}

function one(name: string, help: string, type: Metric['type'], value: number): Metric {
  return { name, help, type, values: [{ value }] }
}
