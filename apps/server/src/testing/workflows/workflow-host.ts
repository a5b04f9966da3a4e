import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@millrace/base/logger'
import { createClient, type Client } from '@millrace/client'
import { createTestDatabase, type TestDatabase } from '@millrace/db/testing'
import { TcpProxy } from '@millrace/queue/testing/nemesis/tcp-proxy'
import { freshTag, noop, startQueue } from '@millrace/queue/testing/queue-fixture'
import { seededRandom } from '@millrace/queue/testing/seeded-random'
import { waitUntil } from '@millrace/queue/testing/wait-until'
import { SECRET_EMAIL } from '@millrace/vault'
import { startProcess, type Running } from '../../compose.ts'
import { readConfig } from '../../config.ts'

const SECRET = 'secret-of-the-tests-of-workflows-0001'
const LEASE_MS = '2000'
const END_MS_MAX = 60_000
const WORKSPACE = 'admins'

type Asking = Awaited<ReturnType<typeof startQueue>>

/** A worker that may be cut off from the database, as one that is killed is. */
export interface CutWorker {
  /** It reaches the database no more. */
  cut(): void
  stop(): Promise<void>
}

/** How a worker differs from others. */
export interface WorkerTerms {
  readonly slots?: number
  /** Its jobs see it as `WM_WORKER_GROUP`. */
  readonly group?: string
}

/** A script to be run as a preview. */
export interface Preview {
  readonly language: string
  readonly content: string
  readonly args?: Readonly<Record<string, unknown>>
  readonly tag: string
}

/** How a job ended. */
export interface Ended {
  readonly id: string
  readonly status: string
  readonly result: unknown
}

/** A server without a worker, and workers beside it, on a database of their own. */
export class WorkflowHost {
  readonly client: Client
  readonly base: TestDatabase
  readonly #folder: string
  readonly #server: Running
  readonly #url: string
  readonly #queue: Asking
  #starting: Promise<unknown> = Promise.resolve()

  private constructor(base: TestDatabase, folder: string, server: Running, queue: Asking) {
    this.base = base
    this.#queue = queue
    this.#folder = folder
    this.#server = server
    this.#url = server.welcome.url ?? ''
    this.client = createClient({ baseUrl: this.#url, token: SECRET })
  }

  static async start(): Promise<WorkflowHost> {
    const base = await createTestDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'millrace-workflows-'))
    // Jobs run as users without rights, who must be able to enter it.
    await chmod(folder, 0o755)
    const env = { ...settings(base.url, folder), PORT: '0', MILLRACE_SUPERADMIN_SECRET: SECRET }
    const server = await startProcess(readConfig(env), silentLogger, { server: true, worker: false })
    return new WorkflowHost(base, folder, server, await startQueue(base.db))
  }

  /** One after the other: they share a data folder. */
  async startWorker(tag: string, terms: WorkerTerms = {}): Promise<CutWorker> {
    const started = this.#starting.then(() => this.#startWorker(tag, terms))
    this.#starting = started.catch(() => undefined)
    return await started
  }

  async #startWorker(tag: string, { slots = 4, group = 'default' }: WorkerTerms): Promise<CutWorker> {
    const { url } = this.base
    const proxy = await TcpProxy.open(url, seededRandom(1))
    const env = {
      ...settings(proxy.through(url), this.#folder),
      WORKER_TAGS: tag,
      WORKER_SLOTS: String(slots),
      WORKER_GROUP: group,
      BASE_INTERNAL_URL: this.#url,
    }
    const worker = await startProcess(readConfig(env), silentLogger, { server: false, worker: true })
    return {
      cut: () => proxy.become({ isRefusing: true }),
      async stop() {
        proxy.become({})
        await worker.stop()
        await proxy.close()
      },
    }
  }

  /** The id of its job. */
  async enqueue({ tag, language, content, args = {} }: Preview): Promise<string> {
    const caller = { createdBy: 'superadmin', email: SECRET_EMAIL, permissionedAs: 'u/superadmin' }
    // On a busy machine leases may be lost that are so short.
    const job = { ...noop(tag), ...caller, kind: 'preview', language, rawCode: content, args, attemptsMax: 100 }
    const [id = ''] = await this.#queue.queue.enqueue([job])
    return id
  }

  async ended(id: string): Promise<Ended> {
    let found: Ended | undefined
    await waitUntil(`the job ${id} has ended`, END_MS_MAX, async () => (found = await this.#find(id)) !== undefined)
    if (!found) throw new Error('a job that ended has no outcome')
    return found
  }

  async run(preview: Preview): Promise<Ended> {
    return await this.ended(await this.enqueue(preview))
  }

  /** Waits until a workflow waits for nothing but time or people. */
  async untilWaits(id: string, state: 'suspended' | 'scheduled'): Promise<void> {
    await waitUntil(`the job ${id} is ${state}`, END_MS_MAX, async () => {
      const { rowCount } = await this.query('select from job_queue where id = $1 and state = $2', [id, state])
      return rowCount === 1
    })
  }

  /** Lets the time pass that a workflow sleeps, if it does. */
  async passTime(id: string): Promise<void> {
    const { rowCount } = await this.query(
      `update workflow_checkpoint set due_at = clock_timestamp()
       where job_id = $1 and status is null and kind = 'sleep' and due_at > clock_timestamp()`,
      [id],
    )
    if (rowCount !== 0) await this.#queue.queue.runNow(WORKSPACE, id)
  }

  async query(text: string, values: readonly unknown[] = []) {
    return await this.base.db.pool.query<Record<string, unknown>>(text, [...values])
  }

  async close(): Promise<void> {
    await this.#queue.stop()
    await this.#server.stop()
    await this.base.drop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #find(id: string): Promise<Ended | undefined> {
    const { rows } = await this.query('select status, job_result_text(id) as result from job_outcome where id = $1', [
      id,
    ])
    const [row] = rows
    if (!row) return undefined
    const { status, result } = row
    return { id, status: String(status), result: typeof result === 'string' ? JSON.parse(result) : null }
  }
}

/** A tag that no other test uses. */
export function tagOfTest(): string {
  return freshTag()
}

function settings(databaseUrl: string, folder: string): Readonly<Record<string, string>> {
  return {
    DATABASE_URL: databaseUrl,
    MILLRACE_DATA_DIR: folder,
    QUEUE_LEASE_MS: LEASE_MS,
    QUEUE_POLL_MS: '200',
  }
}
