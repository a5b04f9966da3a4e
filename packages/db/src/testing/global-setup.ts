import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * Vitest's global set-up: one PostgreSQL and one migrated template for the whole run, in a process of its own (this file
 * is loaded without the `source` condition). That process ends when its stdin does, so also when the run is killed.
 */
export async function setup(): Promise<() => Promise<void>> {
  const script = new URL('./serve.ts', import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=source', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), exited.then(() => undefined)])
  if (first === undefined) throw new Error('The PostgreSQL of the tests did not start; its message stands above.')
  process.env['MILLRACE_TEST_SERVER_FILE'] = String(first[0])
  return async () => {
    child.stdin.end()
    await exited
  }
}
