import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, cp, mkdir, readFile, rm, stat, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { sleep } from '@millrace/base/time'
import { findBinaries, type Binaries } from './binaries.ts'
import { findServerUser, isReachableBy, type ServerUser } from './server-user.ts'

const SOCKET_PATH_MAX = 100
const OWNER = 'millrace'
const NAME = 'millrace'

/** A PostgreSQL of our own: a data folder, reached through a unix socket inside it and in no other way. */
export interface EmbeddedPostgres {
  /** For `openDatabase`. The user owns the database and has no superuser rights. */
  readonly url: string
  /** For tests, which make databases of their own. */
  readonly superuserUrl: string
  readonly pid: number
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Fast shutdown; idempotent. */
  stop(): Promise<void>
}

/** Where it lives; `settings` are further `name=value` pairs of the server's configuration. */
export interface EmbeddedOptions {
  readonly folder: string
  readonly settings?: readonly string[]
}

/** The sentence says what is wrong with the machine or the folder and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/**
 * Starts the server on `folder` (made at the first start, about a second). What a killed predecessor left behind, a
 * running server included, is cleared away first; the folder must not be in use by a live Millrace (the caller locks it).
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder)
  const user = await findServerUser(folder)
  const binaries = await reachableBinaries(await findBinaries(), folder, user)
  const data = join(folder, 'data')
  await mkdir(folder, { recursive: true, mode: 0o755 })
  await makeOwn(join(folder, 'socket'), user)
  await clearPredecessor(binaries, data, user)
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(binaries, data, user)
  const socket = await shortPath(join(folder, 'socket'))
  const child = launch({ binaries, data, socket, user, settings: options.settings ?? [] })
  const server = follow(child)
  await waitUntilReady(socket, server)
  await ensureDatabase(superuserUrl(socket))
  return {
    url: socketUrl(socket, OWNER, NAME),
    superuserUrl: superuserUrl(socket),
    pid: child.pid ?? 0,
    exited: server.exited,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      await server.exited
    },
  }
}

interface Server {
  readonly exited: Promise<void>
  hasExited(): boolean
  lastWords(): string
}

interface LaunchOptions {
  readonly binaries: Binaries
  readonly data: string
  readonly socket: string
  readonly user: ServerUser
  readonly settings: readonly string[]
}

/** In a process group of its own: a terminal's Ctrl-C reaches us first, and we stop it last. */
function launch(options: LaunchOptions): ChildProcess {
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${options.socket}`,
    'unix_socket_permissions=0700',
    'max_connections=300',
    'shared_buffers=256MB',
    'max_wal_size=4GB',
    'logging_collector=off',
    ...options.settings,
  ]
  return spawn(options.binaries.postgres, ['-D', options.data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...options.user.spawn,
    cwd: options.data,
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
}

function follow(child: ChildProcess): Server {
  let words = ''
  let exited = false
  child.stderr?.setEncoding('utf8')
  child.stderr?.on('data', (chunk: string) => {
    words = (words + chunk).slice(-4000)
  })
  const gone = new Promise<void>((settle) => {
    const end = () => {
      exited = true
      settle()
    }
    child.once('exit', end)
    child.once('error', (error) => {
      words += error.message
      end()
    })
  })
  return { exited: gone, hasExited: () => exited, lastWords: () => words.trim() }
}

async function waitUntilReady(socket: string, server: Server): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    if (server.hasExited())
      throw new EmbeddedPostgresError(`The embedded PostgreSQL did not start:\n${server.lastWords()}`)
    if (existsSync(join(socket, '.s.PGSQL.5432')) && (await answers(superuserUrl(socket)))) return
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError(`The embedded PostgreSQL is not ready after 60 s:\n${server.lastWords()}`)
    await sleep(10)
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    // Not yet: still starting up or recovering; the caller asks again until its deadline.
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME])
    if (rowCount) return
    await client.query(`do $$ begin
      if not exists (select from pg_roles where rolname = '${OWNER}') then create role ${OWNER} login createdb; end if; end $$`)
    await client.query(`create database ${NAME} owner ${OWNER}`)
  } finally {
    await client.end()
  }
}

async function initialise(binaries: Binaries, data: string, user: ServerUser): Promise<void> {
  await rm(data, { recursive: true, force: true })
  await makeOwn(data, user)
  const flags = [
    '-D',
    data,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ]
  try {
    await promisify(execFile)(binaries.initdb, flags, {
      ...user.spawn,
      cwd: data,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    })
  } catch (error) {
    await rm(data, { recursive: true, force: true })
    throw new EmbeddedPostgresError(
      `The database folder ${data} could not be made: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** Ends a server that a killed parent left running, and removes a lock file whose process is no PostgreSQL of this folder. */
async function clearPredecessor(binaries: Binaries, data: string, user: ServerUser): Promise<void> {
  const lockFile = join(data, 'postmaster.pid')
  if (!existsSync(lockFile)) return
  const pid = Number((await readFile(lockFile, 'utf8')).split('\n')[0])
  if (!(await isPostgresOn(pid, data))) return await unlink(lockFile)
  const run = promisify(execFile)
  const stop = (mode: string) =>
    run(binaries.pgCtl, ['-D', data, '-m', mode, '-w', '-t', '20', 'stop'], { ...user.spawn, cwd: data })
  await stop('fast').catch(() => stop('immediate'))
}

async function isPostgresOn(pid: number, data: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return commandLine === undefined ? process.platform !== 'linux' : commandLine.includes(data)
}

async function makeOwn(folder: string, user: ServerUser): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (user.spawn.uid !== undefined && user.spawn.gid !== undefined) await chown(folder, user.spawn.uid, user.spawn.gid)
}

/** Binaries in a private home cannot be run by the user we drop to: they are copied beside the data, once a version. */
async function reachableBinaries(found: Binaries, folder: string, user: ServerUser): Promise<Binaries> {
  if (await isReachableBy(found.postgres, user)) return found
  const copy = join(folder, `postgres-${found.version}`)
  if (!existsSync(join(copy, 'complete'))) {
    await rm(copy, { recursive: true, force: true })
    await cp(dirname(dirname(found.postgres)), copy, { recursive: true, verbatimSymlinks: true })
    await mkdir(join(copy, 'complete'))
  }
  const bin = join(copy, 'bin')
  return {
    version: found.version,
    postgres: join(bin, 'postgres'),
    initdb: join(bin, 'initdb'),
    pgCtl: join(bin, 'pg_ctl'),
  }
}

/** A socket's path has room for some hundred bytes; a deep data folder is reached through a link with a short name. */
async function shortPath(socketFolder: string): Promise<string> {
  if (Buffer.byteLength(socketFolder) <= SOCKET_PATH_MAX - '/.s.PGSQL.5432.lock'.length) return socketFolder
  const { uid } = await stat(socketFolder)
  const link = join(tmpdir(), `millrace-${uid}-${createHash('sha256').update(socketFolder).digest('hex').slice(0, 12)}`)
  await unlink(link).catch(() => undefined)
  await symlink(socketFolder, link)
  return link
}

function socketUrl(socket: string, user: string, database: string): string {
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(socket)}&port=5432`
}

function superuserUrl(socket: string): string {
  return socketUrl(socket, 'postgres', 'postgres')
}
