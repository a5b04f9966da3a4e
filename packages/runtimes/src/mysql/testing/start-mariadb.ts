import { execFile, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { QueryServer } from '../../test-query-runtime.ts'

const SERVER = ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd', '/usr/bin/mariadbd']
const INSTALLER = '/usr/bin/mariadb-install-db'
const NOBODY = 65_534
const SETUP = `CREATE DATABASE shop;
CREATE USER 'millrace'@'%' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO 'millrace'@'%';
`

/** A MariaDB of its own in a temporary folder, at a loopback address that nobody else has. */
export async function startMariadb(): Promise<QueryServer> {
  const program = SERVER.find((path) => existsSync(path))
  if (program === undefined || !existsSync(INSTALLER))
    return { found: false, problem: 'there is no MariaDB here: apt-get install mariadb-server' }
  const folder = await mkdtemp(join(tmpdir(), 'millrace-mariadb-'))
  // The server does not run as root.
  const isRoot = process.getuid?.() === 0
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  if (isRoot) await chown(folder, NOBODY, NOBODY)
  await chmod(folder, 0o755)
  const setup = join(folder, 'setup.sql')
  await writeFile(setup, SETUP)
  const data = `--datadir=${join(folder, 'data')}`
  const install = ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db']
  await promisify(execFile)(INSTALLER, install, { ...user, cwd: folder })
  const host = `127.78.${randomInt(1, 250)}.${randomInt(1, 250)}`
  const child = spawn(
    program,
    [
      '--no-defaults',
      data,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--bind-address=${host}`,
      '--port=3306',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      `--init-file=${setup}`,
    ],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exited = once(child, 'exit')
  await untilReady(child.stderr, exited)
  return {
    found: true,
    resource: { host, port: 3306, user: 'millrace', password: 'secret', database: 'shop' },
    async stop() {
      child.kill('SIGKILL')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(stderr: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<void> {
  let words = ''
  const ready = new Promise<void>((resolve) => {
    stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString()
      if (words.includes('ready for connections')) resolve()
    })
  })
  await Promise.race([ready, exited.then(() => Promise.reject(new Error(`MariaDB did not start: ${words}`)))])
}
