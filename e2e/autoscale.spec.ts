import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { follow, startPreview } from './job-calls.ts'
import { startLauncher } from './run-command.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const WAIT = { timeout: 60_000, interval: 250 }
const LONG = { language: 'bash', content: 'sleep 7412' }

let millrace: Millrace
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-scale-'))
  millrace = await startMillrace({ WORKER_SLOTS: '1' })
})
afterAll(async () => {
  await millrace.stop()
  await rm(folder, { recursive: true })
})

test('jobs that pile up have the user’s command called with what is wanted, and the figures say why', async () => {
  const { client, url, secret } = millrace
  const file = join(folder, 'calls')
  const up = `echo "$MILLRACE_GROUP $MILLRACE_CURRENT $MILLRACE_WANTED" >> ${file}`
  let said = ''
  const loop = startLauncher(
    ['autoscale', '--up', up, '--down', 'false', '--every', '1', '--cooldown', '3600'],
    { MILLRACE_URL: url, MILLRACE_TOKEN: secret },
    (text) => (said += text),
  )
  await expect.poll(() => said, WAIT).toContain('default: 1 of 1 wanted workers, as wanted')

  const ids = await Promise.all(Array.from({ length: 8 }, () => startPreview(millrace, LONG)))
  await expect.poll(() => readFile(file, 'utf8').catch(() => ''), WAIT).toMatch(/^default 1 [2-9]\d*\n$/)
  expect(said).toMatch(/more are wanted; runs --up \(1 slot in use .* workers of 1 slot\)/)
  const exited = once(loop, 'exit')
  loop.kill('SIGTERM')
  await exited
  expect(loop.exitCode).toBe(0)

  const [line] = await client.lines.listLines()
  expect(line).toMatchObject({ ready: 7, running: 1, workers: 1, tenants: [{ workspace_id: WORKSPACE, share: 1 }] })
  const during = await scrape()
  expect(during).toContain(`millrace_queue_jobs{tag="${line?.tag}",state="ready"} 7\n`)
  expect(during).toContain('millrace_worker_busy_slots{group="default"} 1\n')

  for (const id of ids.reverse())
    await client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id, body: { reason: 'the test is over' } })
  await Promise.all(ids.map((id) => follow(millrace, id)))
  await expect.poll(scrape, WAIT).toContain('millrace_jobs_completed_total{status="canceled"} 1\n')
  const after = await scrape()
  expect(after).toContain('millrace_orphan_processes 0\n')
  expect(after).toMatch(/^millrace_pool_used_connections\{pool="worker"\} \d+$/m)
})

async function scrape(): Promise<string> {
  const reply = await fetch(`${millrace.url}/metrics`, { headers: { authorization: `Bearer ${millrace.secret}` } })
  return await reply.text()
}
