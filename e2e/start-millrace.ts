import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from '@millrace/client'
import { listProcesses } from './list-processes.ts'
import { startLauncher } from './run-command.ts'

/** The workspace that every server begins with. */
export const WORKSPACE = 'admins'

/** A running product. */
export interface Millrace {
  readonly url: string
  /** A bearer token with the rights of a superadmin. */
  readonly secret: string
  readonly client: Client
  /** Signs in once, in a browser. */
  readonly loginLink: string
  readonly adminEmail: string
  readonly adminPassword: string
  /** The data folder. */
  readonly folder: string
  /** Process id of the server itself, which the launcher started. */
  readonly serverPid: number
  /** All that was printed until now. */
  output(): string
  /** Asks it to stop as Ctrl-C does, and throws unless it ends cleanly and leaves no process behind. */
  stop(): Promise<void>
}

const READY_MS_MAX = 120_000
const STOPPED_MS_MAX = 30_000
const SECRET = 'secret-of-the-whole-product-tests-0001'

/** Starts everything on a data folder and a port of its own, as `npm start` does, and waits until it says it is ready. */
export async function startMillrace(env: Readonly<Record<string, string>> = {}): Promise<Millrace> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-e2e-'))
  // Jobs and the embedded PostgreSQL run as users without rights, who must be able to enter it.
  await chmod(folder, 0o755)
  const settings = { PORT: '0', MILLRACE_DATA_DIR: folder, MILLRACE_SUPERADMIN_SECRET: SECRET, ...env }
  const started = await startProcess('start', settings)
  const { output } = started
  const serverPid = listProcesses('main.ts start').find(({ parent }) => parent === started.child.pid)?.pid
  if (serverPid === undefined) throw new Error('The launcher has no child that is a server.')
  const url = find(output(), /is ready at (\S+)/)
  return {
    url,
    secret: SECRET,
    client: createClient({ baseUrl: url, token: SECRET }),
    loginLink: find(output(), /(http\S+\/login_link\/\S+)/),
    adminEmail: find(output(), /Afterwards with (\S+) and the password/),
    adminPassword: find(output(), /\(shown this once\):\s+(\S+)/),
    folder,
    serverPid,
    output,
    async stop() {
      await started.stop()
      const left = listProcesses('').filter(({ pid, command }) => pid === serverPid || command.includes(folder))
      if (left.length > 0) throw new Error(`It left behind: ${left.map(({ command }) => command).join('\n')}`)
      await rm(folder, { recursive: true })
    },
  }
}

/** A part of the product that runs. */
export interface StartedProcess {
  readonly child: ChildProcess
  output(): string
  /** Sends the signal and throws unless the process ends with code 0. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts `millrace <verb>` and waits until it says that it is ready. */
export async function startProcess(verb: string, env: Readonly<Record<string, string>>): Promise<StartedProcess> {
  let text = ''
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const child = startLauncher([verb], env, (piece) => {
    text += piece
    // The greeting ends with an empty line.
    if (/is ready[\s\S]*\n\n$/.test(text)) resolve()
  })
  const fail = (why: string) => reject(new Error(`millrace ${verb} ${why}:\n${text}`))
  const deadline = setTimeout(() => fail(`was not ready after ${READY_MS_MAX / 1000} s`), READY_MS_MAX)
  child.once('exit', (code) => fail(`ended with ${code}`))
  try {
    await ready
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(deadline)
  }
  return { child, output: () => text, stop: (signal = 'SIGINT') => stop(child, signal, () => text) }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals, output: () => string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null)
    throw new Error(`It had ended before it was asked to, with ${child.exitCode ?? child.signalCode}:\n${output()}`)
  const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOPPED_MS_MAX) })
  child.kill(signal)
  await exited.catch(() => {
    throw new Error(`It has not stopped ${STOPPED_MS_MAX / 1000} s after ${signal}:\n${output().slice(-5000)}`)
  })
  if (child.exitCode !== 0)
    throw new Error(`It ended with ${child.exitCode ?? child.signalCode}:\n${output().slice(-5000)}`)
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`The greeting has nothing like ${String(pattern)}:\n${text}`)
  return found
}
