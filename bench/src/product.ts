import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAIN = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url))
const READY_MS_MAX = 60_000

/** A bearer token with all rights, for the time of a measurement. */
export const SECRET = 'secret-of-the-benchmark-0000000000001'

/** The product, or a role of it, in a process of its own. */
export interface Product {
  readonly pid: number
  /** Where it listens; the empty text for a worker. */
  readonly url: string
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>
}

/** Starts `millrace <verb>` and waits until it says that it is ready; its log is shown when it does not come up. */
export async function startProduct(verb: string, env: Readonly<Record<string, string>>): Promise<Product> {
  const child = spawn(process.execPath, ['--conditions=source', MAIN, verb], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      // By which packages are fetched.
      SSL_CERT_FILE: process.env['SSL_CERT_FILE'],
      NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
      MILLRACE_SUPERADMIN_SECRET: SECRET,
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = await untilReady(verb, child)
  return {
    pid: child.pid ?? 0,
    url: /is ready at (\S+)/.exec(text)?.[1]?.replace('localhost', '127.0.0.1') ?? '',
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function untilReady(verb: string, child: ChildProcess): Promise<string> {
  let text = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const fail = (why: string) => reject(new Error(`millrace ${verb} ${why}:\n${text}`))
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (/is ready[\s\S]*\n\n$/.test(text)) resolve(text)
    })
  const timer = setTimeout(() => fail('is not ready'), READY_MS_MAX)
  child.once('exit', (code) => fail(`ended with ${code}`))
  try {
    return await promise
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(timer)
  }
}
