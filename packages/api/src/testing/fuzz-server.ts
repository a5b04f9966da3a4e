import { once } from 'node:events'
import { newId } from '@millrace/base/ids'
import { silentLogger, type Logger } from '@millrace/base/logger'
import { readSettings } from '@millrace/base/settings'
import type { Database } from '@millrace/db'
import { insertScript } from '@millrace/db/tables/script'
import { createTestDatabase } from '@millrace/db/testing'
import { setup } from '@millrace/db/testing/server'
import { Consumer, Notifier, Queue } from '@millrace/queue'
import { allRuntimes } from '@millrace/runtimes'
import { apiConfig } from '../config.ts'
import { ensureAdmin } from '../login/bootstrap.ts'
import { mintToken } from '../login/mint-token.ts'
import { createApi } from '../create-api.ts'

const SECRET = 'fuzzing-secret-of-at-least-32-characters'

/** Faults go to stderr: whoever fuzzes wants to see them. */
const faultLogger: Logger = {
  ...silentLogger,
  error: (fields, message) => process.stderr.write(`${message} ${describe(fields)}\n`),
  child: () => faultLogger,
}

/**
 * The API on a database of its own, with a worker that ends every job at once, for fuzzers: prints its address and a token,
 * and ends with its stdin. What there is to find in it stands in `schemathesis.toml` of this package:
 *
 *     schemathesis --config-file packages/api/schemathesis.toml run <url>/api/openapi.json -H "authorization: Bearer <token>"
 *
 * once so and once without the header.
 */
async function main(): Promise<void> {
  const stopServer = await setup()
  const { db, drop } = await createTestDatabase()
  const notifier = new Notifier(db.options, silentLogger)
  await notifier.start(new AbortController().signal)
  const faults: string[] = []
  const env = { PORT: '0', MILLRACE_SUPERADMIN_SECRET: SECRET, WAIT_RESULT_TIMEOUT_S: '2' }
  const config = readSettings(apiConfig, env, faults)
  const queue = new Queue(db, notifier)
  const api = await createApi({ db, queue, config, log: faultLogger, leaseMs: 20_000 })
  const consumer = makeConsumer({ db, notifier })
  await consumer.start()
  await api.start(new AbortController().signal)
  process.stdout.write(`${JSON.stringify({ url: api.url, ...(await makeData({ db, queue })) })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'close')
  await api.stop()
  await consumer.stop()
  await notifier.stop()
  await drop()
  await stopServer()
}

/** Something to find: an account, a script, a job that ended and one that waits. */
async function makeData({ db, queue }: { db: Database; queue: Queue }) {
  const email = 'fuzz@example.org'
  await ensureAdmin(db, { email })
  const token = await mintToken(db.kysely, { email, kind: 'user' })
  const hash = '0123456789abcdef'
  const script = { hash, path: 'f/fuzz/hello', content: 'name="$1"\n', language: 'bash', created_by: 'fuzz' }
  await insertScript(db.kysely, { workspace_id: 'admins', ...script })
  const job = { workspaceId: 'admins', kind: 'noop', args: {}, createdBy: 'fuzz', email, permissionedAs: 'u/fuzz' }
  await queue.enqueue([
    { ...job, id: '00000000-0000-7000-8000-000000000001', tag: 'noop' },
    { ...job, id: '00000000-0000-7000-8000-000000000002', tag: 'nobody' },
  ])
  return { token }
}

function makeConsumer(parts: {
  db: Awaited<ReturnType<typeof createTestDatabase>>['db']
  notifier: Notifier
}): Consumer {
  const id = newId()
  return new Consumer({
    ...parts,
    log: silentLogger,
    worker: {
      id,
      name: `w-${id}`,
      tags: ['noop', ...allRuntimes.map((runtime) => runtime.id)],
      slots: 4,
      sandbox: 'none',
      isolated: false,
      notice: undefined,
      version: 'test',
    },
    leaseMs: 20_000,
    pollMs: 500,
    drainMs: 1000,
    logLengthMax: 10_000,
    run: (job) => ({ status: 'success', resultJson: job.argsJson ?? 'null' }),
    onBug: (_job, error) => ({
      status: 'failure',
      resultJson: JSON.stringify({ error: { name: 'Bug', message: String(error) } }),
    }),
  })
}

function describe(fields: Readonly<Record<string, unknown>>): string {
  const { err, ...rest } = fields
  return `${JSON.stringify(rest)} ${err instanceof Error ? err.stack : String(err)}`
}

await main()
