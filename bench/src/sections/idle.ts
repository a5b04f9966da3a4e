import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sleep } from '@millrace/base/time'
import { openClient } from '@millrace/db'
import { startBenchDatabase, type BenchDatabase } from '../database.ts'
import { descendants, proportionalMb, residentMb } from '../process-memory.ts'
import { startProduct, type Product } from '../product.ts'
import type { Row, Section } from '../section.ts'
import { median, repeat } from '../stats.ts'

const WINDOWS = 3
const WINDOW_MS = 20_000
/** Warming up and the first rounds of the duties are no idling. */
const SETTLE_MS = 10_000

/** What an installation costs that does nothing: a server and a worker as processes of their own, no jobs. */
export const idle: Section = {
  id: 'idle',
  summary: 'transactions a second and memory of an installation without work',

  async measure(say) {
    const base = await startBenchDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
    await chmod(folder, 0o755)
    const env = { DATABASE_URL: base.url, MILLRACE_DATA_DIR: folder }
    const started: Product[] = []
    try {
      const server = await startProduct('server', env)
      started.push(server)
      const worker = await startProduct('worker', { ...env, BASE_INTERNAL_URL: server.url })
      started.push(worker)
      await sleep(SETTLE_MS)
      say(`watching for ${WINDOWS} times ${WINDOW_MS / 1000} s`)
      const rates = await repeat(WINDOWS, () => transactionsPerS(base))
      return [
        {
          section: 'idle',
          name: 'transactions',
          value: median(rates),
          unit: '1/s',
          target: { atMost: 2 },
          note: `median of ${WINDOWS} windows of ${WINDOW_MS / 1000} s, without the question itself`,
        },
        ...memoryRows({ server, worker, postgres: base.pid }),
      ]
    } finally {
      for (const product of started.reverse()) await product.stop()
      await base.stop()
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** On one connection, whose two questions are the only transactions that are ours. */
async function transactionsPerS(base: BenchDatabase): Promise<number> {
  const client = openClient({ ...base.db.options, applicationName: 'bench:watch' })
  await client.connect()
  try {
    const before = await committed(client)
    const beganMs = performance.now()
    await sleep(WINDOW_MS)
    const after = await committed(client)
    return (after - before - 1) / ((performance.now() - beganMs) / 1000)
  } finally {
    await client.end()
  }
}

async function committed(client: ReturnType<typeof openClient>): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()',
  )
  return rows[0]?.n ?? Number.NaN
}

function memoryRows(parts: { server: Product; worker: Product; postgres: number }): readonly Row[] {
  const boxes = descendants(parts.worker.pid)
  const figures = [
    { name: 'memory, server', value: residentMb(parts.server.pid), note: 'RSS' },
    { name: 'memory, worker', value: residentMb(parts.worker.pid), note: 'RSS, without what it keeps warm' },
    { name: 'memory, warm interpreters', value: proportionalMb(boxes), note: `PSS of ${boxes.length} processes` },
    {
      name: 'memory, PostgreSQL',
      value: proportionalMb([parts.postgres, ...descendants(parts.postgres)]),
      note: 'PSS of all its processes, touched shared buffers included',
    },
  ]
  return figures.flatMap(({ value, ...rest }) =>
    value === undefined ? [] : [{ section: 'idle', unit: 'MB', value, ...rest }],
  )
}
