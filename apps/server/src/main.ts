import { ConfigError, describeConfig, readConfig, type Config } from './config.ts'
import { CannotIsolate, startProcess, type Roles, type Running } from './compose.ts'
import { DataFolderInUse, lockDataFolder } from './data-folder.ts'
import { EmbeddedPostgresError, MigrationError } from '@millrace/db'
import { WrongKey } from '@millrace/vault'
import { makeLogger } from './log.ts'
import { VERSION } from './version.ts'

const USAGE = `usage: millrace start | server | worker | doctor   [--print-config]

  start    everything in one process tree, with an embedded PostgreSQL unless DATABASE_URL is set
  server   the API, the web application and the keeper, against DATABASE_URL
  worker   runs jobs, against DATABASE_URL
  doctor   what this machine can run and isolate, and what mends each gap; with --sandbox it tries to get out
`

const VERBS: Readonly<Record<string, Roles>> = {
  start: { server: true, worker: true },
  server: { server: true, worker: false },
  worker: { server: false, worker: true },
}

/** A second signal within this time is the same one: a terminal's Ctrl-C reaches the launcher and us. */
const SAME_SIGNAL_MS = 1000

async function main(argv: readonly string[]): Promise<number> {
  const [verb = '', ...flags] = argv
  if (flags.includes('--print-config')) return say(describeConfig())
  if (verb === '--version') return say(`millrace ${VERSION}`)
  const config = readConfig()
  if (verb === 'doctor') {
    const { examine } = await import('./doctor/doctor.ts')
    return await examine(config, flags, (line) => process.stdout.write(`${line}\n`))
  }
  const roles = VERBS[verb]
  if (!roles) return complain(USAGE)
  if (verb !== 'start' && config.server.databaseUrl === undefined)
    return complain(`millrace ${verb} needs DATABASE_URL: the PostgreSQL that all servers and workers share.\n`)
  return await serve(config, roles)
}

async function serve(config: Config, roles: Roles): Promise<number> {
  const { level, format } = { level: config.server.logLevel, format: config.server.logFormat }
  const text = format === 'text' || (format === 'auto' && process.stderr.isTTY)
  const log = makeLogger({ level, format: text ? 'text' : 'json' })
  const asked = untilAsked()
  const unlock =
    config.server.databaseUrl === undefined ? await lockDataFolder(config.server.dataDir) : () => Promise.resolve()
  try {
    const running = await startProcess(config, log, roles)
    greet(running)
    const reason = await Promise.race([asked.promise, running.ended])
    log.info({ reason }, 'stopping')
    await running.stop()
    log.info({}, 'stopped')
    return 0
  } finally {
    await unlock()
    if (process.connected) process.disconnect()
  }
}

/** Resolves at the first signal to stop, or when the launcher is gone; a later signal is impatient and ends us at once. */
function untilAsked(): { readonly promise: Promise<string> } {
  const { promise, resolve } = Promise.withResolvers<string>()
  let askedMs: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const nowMs = performance.now()
      if (askedMs !== undefined && nowMs - askedMs > SAME_SIGNAL_MS) process.kill(process.pid, 'SIGKILL')
      askedMs ??= nowMs
      resolve(signal)
    })
  }
  process.on('disconnect', () => resolve('disconnect'))
  return { promise }
}

function greet({ welcome }: Running): void {
  const { url, loginLink, admin, notices } = welcome
  const lines = ['']
  if (url) lines.push(`Millrace ${VERSION} is ready at ${url}`)
  else lines.push(`Millrace ${VERSION}: this worker is ready`)
  if (loginLink) lines.push('', `  Sign in, once, within 15 minutes:  ${loginLink}`)
  if (admin?.password)
    lines.push(`  Afterwards with ${admin.email} and the password (shown this once):  ${admin.password}`)
  for (const notice of notices) lines.push('', `  ! ${notice}`)
  process.stdout.write(`${lines.join('\n')}\n\n`)
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

function complain(text: string): number {
  process.stderr.write(text)
  return 2
}

/** Faults of the machine or its settings, told as a sentence; anything else is a bug and keeps its stack. */
function isToldPlainly(error: unknown): error is Error {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return true
  return [ConfigError, CannotIsolate, DataFolderInUse, EmbeddedPostgresError, MigrationError, WrongKey].some(
    (kind) => error instanceof kind,
  )
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const hint =
    error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      ? ' Stop the other program, or set PORT to another number.'
      : ''
  process.stderr.write(
    isToldPlainly(error)
      ? `millrace: ${error.message}${hint}\n`
      : `millrace: ${error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exitCode = 1
}
