import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type Client } from '@millrace/client'
import { SessionError } from '../exit.ts'

/** A server of its own in a temporary folder, which runs no job itself, and workers that may be told where to die. */
export interface ChaosHouse {
  readonly client: Client
  readonly workspace: string
  /** Starts a worker that notes the ends of steps in the named list; with `step`, it is killed at the first end of that step. */
  startWorker(options: { readonly notes: string; readonly step?: string }): Promise<ChaosWorker>
  readNotes(notes: string): Promise<readonly StepNote[]>
  /** Stops all that still runs and removes the folder. */
  stop(): Promise<void>
}

/** A worker process. */
export interface ChaosWorker {
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>
  stop(): Promise<void>
}

/** How one run of the job of a step ended, written before its outcome is. */
export interface StepNote {
  readonly job: string
  readonly step: string
  readonly isSuccess: boolean
  readonly result: unknown
}

interface Child {
  readonly output: string
  readonly gone: Promise<void>
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

const SERVER = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))
const READY_MS_MAX = 120_000
/** Of the worker that dies: so long its jobs wait. */
const LEASE_MS = 2000
const WORKSPACE = 'admins'
/** A tag of no job: the server runs none itself. */
const NO_JOBS = 'chaos-none'
/** Settings of other servers, which are not meant for this one. */
const NOT_PASSED_ON = /^(MILLRACE_|DATABASE_|METRICS_|WORKER_|QUEUE_|BASE_|WM_|PORT$|HOST$)/

/** Starts the server; what runs jobs is started by and by. */
export async function openChaosHouse(environment: Environment): Promise<ChaosHouse> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-'))
  // Jobs and the embedded PostgreSQL run as users without rights, who must be able to enter it.
  await chmod(folder, 0o755)
  const children = new Set<Child>()
  const secret = randomBytes(24).toString('hex')
  const own = Object.entries(environment).filter(([name]) => !NOT_PASSED_ON.test(name))
  const common = {
    ...Object.fromEntries(own),
    MILLRACE_SUPERADMIN_SECRET: secret,
    MILLRACE_SECRET_KEY: randomBytes(24).toString('hex'),
    QUEUE_LEASE_MS: String(LEASE_MS),
    LOG_LEVEL: 'error',
  }
  const start = async (verb: string, env: Environment) => {
    const child = await startChild(verb, { ...common, ...env })
    children.add(child)
    return child
  }
  const stop = async () => {
    for (const child of [...children].reverse()) await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const server = await start('start', { PORT: '0', MILLRACE_DATA_DIR: join(folder, 'd'), WORKER_TAGS: NO_JOBS })
    const url = /is ready at (\S+)/.exec(server.output)?.[1] ?? ''
    await mkdir(join(folder, 'worker'), { mode: 0o755 })
    return {
      client: createClient({ baseUrl: url, token: secret }),
      workspace: WORKSPACE,
      startWorker: ({ notes, step }) =>
        start('worker', {
          // As the embedded PostgreSQL is reached: by a socket in its folder.
          DATABASE_URL: `postgresql://millrace@/millrace?host=${encodeURIComponent(join(folder, 'd/postgres/socket'))}&port=5432`,
          MILLRACE_DATA_DIR: join(folder, 'worker'),
          BASE_INTERNAL_URL: url,
          WORKER_TAGS: CHAOS_TAG,
          MILLRACE_CHAOS_FILE: join(folder, `${notes}.jsonl`),
          MILLRACE_CHAOS_STEP: step,
        }),
      readNotes: (notes) => readNotes(join(folder, `${notes}.jsonl`)),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The tag of all that runs here. */
export const CHAOS_TAG = 'chaos'

/** Starts a process of the server and waits until it says that it is ready. It ends with this process, whichever way that ends. */
async function startChild(verb: string, env: Environment): Promise<Child> {
  // Ctrl-C is for this process alone, which stops the others.
  const child = fork(SERVER, [verb], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true })
  const gone = once(child, 'exit').then(() => undefined)
  let output = ''
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (/is ready[\s\S]*\n\n$/.test(output)) resolve()
    })
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX)
  const isReady = await Promise.race([ready.then(() => true), gone.then(() => false)])
  clearTimeout(timer)
  if (!isReady) throw new SessionError(`A ${verb} of its own could not be started for --chaos:\n${output}`)
  return { output, gone, stop: () => stopChild(child, gone) }
}

async function stopChild(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  await gone
}

async function readNotes(file: string): Promise<readonly StepNote[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): StepNote => JSON.parse(line))
}
