import { spawn } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { completedJob, events, startTestApi } from '../src/test-api.ts'

const launcher = fileURLToPath(new URL('./millrace.mjs', import.meta.url))
const id = '0198c000-0000-7000-8000-000000000001'

/** The command line as its users start it: the launcher, in a process of its own. */
function startMillrace(argv: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [launcher, ...argv], { env: { ...process.env, ...env } })
  let out = ''
  let err = ''
  child.stdout.on('data', (text) => (out += String(text)))
  child.stderr.on('data', (text) => (err += String(text)))
  const end = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }))
  })
  return { child, end }
}

test('the launcher passes arguments, output and the exit code through', async () => {
  const [version, unknown] = await Promise.all([startMillrace(['--version']).end, startMillrace(['nothing']).end])

  expect(version).toMatchObject({ code: 0, err: '' })
  expect(version.out).toMatch(/^millrace \d+\.\d+\.\d+\n$/)
  expect(unknown).toMatchObject({ code: 2, out: '' })
})

test(
  'Ctrl-C cancels the job and exits with 130, once also when the signal comes twice',
  { timeout: 15_000 },
  async () => {
    const isStreaming = Promise.withResolvers<void>()
    const cancels: string[] = []
    const api = await startTestApi({
      'GET /w/admins/scripts/get/p/u/admin/slow': () => slowScript,
      'POST /w/admins/jobs/run/p/u/admin/slow': () => id,
      [`GET /w/admins/jobs_u/getupdate_sse/${id}`]: events({ type: 'update', running: true, new_logs: 'started\n' }),
      [`POST /w/admins/jobs_u/queue/cancel/${id}`]: ({ body }) => {
        cancels.push(body)
        return id
      },
      [`GET /w/admins/jobs_u/completed/get/${id}`]: () => completedJob(id, {}),
    })
    const env = { MILLRACE_URL: api.url, MILLRACE_TOKEN: 't', MILLRACE_WORKSPACE: 'admins' }
    const { child, end } = startMillrace(['run', 'u/admin/slow'], env)
    child.stderr.once('data', () => isStreaming.resolve())
    await isStreaming.promise

    child.kill('SIGINT')
    child.kill('SIGINT')

    expect(await end).toMatchObject({ code: 130, out: '' })
    expect(cancels).toHaveLength(1)
  },
)

test('Ctrl-C while the job is being started cancels it as soon as it has an id', { timeout: 15_000 }, async () => {
  const isPosted = Promise.withResolvers<ServerResponse>()
  const isCancelled = Promise.withResolvers<void>()
  const api = await startTestApi({
    'GET /w/admins/scripts/get/p/u/admin/slow': () => slowScript,
    'POST /w/admins/jobs/run/p/u/admin/slow': (_, response) => isPosted.resolve(response),
    [`GET /w/admins/jobs_u/getupdate_sse/${id}`]: events({ type: 'ping' }),
    [`POST /w/admins/jobs_u/queue/cancel/${id}`]: () => {
      isCancelled.resolve()
      return id
    },
  })
  const env = { MILLRACE_URL: api.url, MILLRACE_TOKEN: 't', MILLRACE_WORKSPACE: 'admins' }
  const { child, end } = startMillrace(['run', 'u/admin/slow'], env)
  const response = await isPosted.promise

  child.kill('SIGINT')
  response.writeHead(201, { 'content-type': 'text/plain' }).end(id)

  await isCancelled.promise
  expect((await end).code).toBe(130)
})

test('a stored sign-in that others can read is refused before any call', async () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-cli-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, 'millrace'))
  writeFileSync(join(home, 'millrace', 'credentials.json'), '{"servers":{}}', { mode: 0o644 })

  const { code, err } = await startMillrace(['job', 'list'], { XDG_CONFIG_HOME: home }).end

  expect(code).toBe(3)
  expect(err).toContain('chmod 600')
})

const slowScript = {
  workspace_id: 'admins',
  hash: '00000000000000aa',
  path: 'u/admin/slow',
  summary: '',
  description: '',
  content: '',
  created_by: 'admin',
  created_at: '2026-01-01T00:00:00Z',
  archived: false,
  deleted: false,
  is_template: false,
  extra_perms: {},
  language: 'any',
  kind: 'script',
  starred: false,
}
