import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const PORT = 6432

/** A PgBouncer in transaction mode. */
export interface TestPooler {
  /** For `openDatabase` with `pooler: 'transaction'`. */
  readonly url: string
  stop(): Promise<void>
}

/** Where PgBouncer is installed, or undefined: the reason for a skip. */
export function findPgBouncer(): string | undefined {
  return ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) => existsSync(path))
}

/**
 * Starts PgBouncer before the PostgreSQL of a test database, on a socket of its own. It has `sessions` sessions for all of its
 * clients, so that these meet each other in them at every turn.
 */
export async function startPooler(program: string, databaseUrl: string, sessions: number): Promise<TestPooler> {
  const target = new URL(databaseUrl.replace('@/', '@localhost/'))
  const socket = target.searchParams.get('host') ?? ''
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pooler-'))
  // It refuses to run as root, and the socket of PostgreSQL belongs to one user.
  const { uid, gid } = await stat(socket)
  await writeFile(join(folder, 'users.txt'), `"${target.username}" ""\n"postgres" ""\n`)
  await writeFile(join(folder, 'pgbouncer.ini'), configuration({ folder, socket, sessions }))
  await chmod(folder, 0o755)
  if (process.getuid?.() === 0) await chown(folder, uid, gid)
  const child = spawn(program, [join(folder, 'pgbouncer.ini')], {
    ...(process.getuid?.() === 0 && { uid, gid }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  await untilUp(child.stderr, exited)
  const url = `postgresql://${target.username}@${target.pathname}?host=${encodeURIComponent(folder)}&port=${PORT}`
  return {
    url,
    async stop() {
      child.kill('SIGQUIT')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(of: { readonly folder: string; readonly socket: string; readonly sessions: number }): string {
  return `[databases]
* = host=${of.socket} port=5432
[pgbouncer]
listen_addr =
listen_port = ${PORT}
unix_socket_dir = ${of.folder}
auth_type = trust
auth_file = ${join(of.folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${of.sessions}
max_client_conn = 300
`
}

async function untilUp(words: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<void> {
  const lines: string[] = []
  const up = new Promise<void>((resolve) => {
    createInterface(words).on('line', (line) => {
      lines.push(line)
      if (line.includes('process up')) resolve()
    })
  })
  await Promise.race([
    up,
    exited.then(() => {
      throw new Error(`PgBouncer did not start:\n${lines.join('\n')}`)
    }),
  ])
}
