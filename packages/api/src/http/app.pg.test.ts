import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { silentLogger } from '@millrace/base/logger'
import { readSettings } from '@millrace/base/settings'
import { createClient, followJob } from '@millrace/client'
import { problems, ProblemReply } from '@millrace/contracts'
import { closeDatabase, openDatabase } from '@millrace/db'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { apiConfig } from '../config.ts'
import { createApi } from '../create-api.ts'
import { startApi, type ApiFixture } from '../testing/api-fixture.ts'

let fixture: ApiFixture
let folder: string
let base: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-web-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>app</title>')
  await writeFile(join(folder, 'assets/index-B3x9_fQz.js'), 'export {}')
  await writeFile(join(folder, 'assets/index-B3x9_fQz.js.br'), brotliCompressSync('export {}'))
  fixture = await startApi({}, { webFolder: folder })
  await fixture.api.start(new AbortController().signal)
  base = fixture.api.url ?? ''
})
afterAll(async () => {
  await fixture.stop()
  await rm(folder, { recursive: true })
})

const page = (path: string, method: 'GET' | 'HEAD' | 'POST' = 'GET') => fixture.api.app.inject({ method, url: path })

describe('the web application', () => {
  test('answers every address outside the API, is never cached and runs no foreign script', async () => {
    for (const path of ['/', '/runs/x?y=1', '/user/login', '/index.html']) {
      const reply = await page(path)
      expect([path, reply.statusCode, reply.headers['cache-control']]).toEqual([path, 200, 'no-cache'])
      expect(reply.headers['content-type']).toContain('text/html')
      expect(reply.headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval';")
      expect(reply.body).toContain('<title>app</title>')
    }
    expect((await page('/runs', 'HEAD')).statusCode).toBe(200)
    expect((await page('/runs', 'POST')).statusCode).toBe(404)
  })

  test('files named by their content are kept for good; those that are gone are no page', async () => {
    const reply = await page('/assets/index-B3x9_fQz.js')
    expect([reply.statusCode, reply.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(reply.headers['content-encoding']).toBeUndefined()
    expect((await page('/assets/index-OLDOLD12.js')).statusCode).toBe(404)
    expect((await page('/..%2f..%2fetc/passwd')).body).not.toContain('root:')
  })
})

describe('what the build compressed', () => {
  test('goes as it is to whoever can read it, under the same name and for as long', async () => {
    const headers = { 'accept-encoding': 'gzip, br' }
    const reply = await fixture.api.app.inject({ url: '/assets/index-B3x9_fQz.js', headers })
    expect(reply.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': expect.stringContaining('javascript'),
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(brotliDecompressSync(reply.rawPayload).toString()).toBe('export {}')
  })
})

describe('what describes the API', () => {
  test('the OpenAPI document names every problem it refers to and resolves every reference', async () => {
    const reply = await fixture.call('/openapi.json')
    const document = reply.json()
    expect(document.openapi).toBe('3.1.0')
    expect(document.paths['/w/{workspace}/scripts/get/p/{path}'].get.operationId).toBe('getScriptByPath')
    const named = [...reply.body.matchAll(/`(\w+\.\w+)`:/g)].map(([, code = '']) => code)
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter((code) => !Object.hasOwn(problems, code))).toEqual([])
    expect(new Set(reply.body.match(/"\$ref":"[^"]*"/g))).toEqual(new Set(['"$ref":"#/components/schemas/Problem"']))
  })

  test('the reference is one page that loads nothing', async () => {
    const reply = await page('/api/docs')
    expect(reply.headers['content-type']).toContain('text/html')
    expect(reply.headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'sha256-/)
    expect(reply.body).toContain('id="runScriptByPath"')
    expect(reply.body).not.toMatch(/<(script|link|img)[^>]+(src|href)=/)
  })

  test('version, health and languages need no token', async () => {
    expect((await fixture.call('/version')).body).toMatch(/^CE v1\.819\.0 \(Millrace /)
    for (const path of ['/health', '/health/status'])
      expect((await fixture.call(path)).json()).toMatchObject({
        status: 'healthy',
        database_healthy: true,
        workers_alive: 0,
      })
    const languages = (await fixture.call('/languages')).json()
    expect(languages.map((each: { id: string }) => each.id)).toEqual(expect.arrayContaining(['bash', 'python3']))
  })

  test('health counts live workers', async () => {
    await fixture.work(['x'], () => ({ status: 'success', resultJson: null }))
    expect((await fixture.call('/health')).json().workers_alive).toBe(1)
  })
})

describe('over the wire', () => {
  test('every reply carries a request id and the headers that protect it', async () => {
    const reply = await fetch(`${base}/api/nothing`)
    expect(reply.status).toBe(404)
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'x-request-id': ProblemReply.parse(await reply.json()).requestId,
    })
  })

  test('bytes that are no HTTP and headers that are too large get a problem', async () => {
    const port = Number(new URL(base).port)
    for (const [bytes, status, code] of [
      ['this is no HTTP\r\n\r\n', 400, 'request.malformed'],
      [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'request.headers_too_large'],
    ] as const) {
      const socket = connect(port, '127.0.0.1')
      socket.end(bytes)
      const reply = await text(socket)
      expect(reply.split('\r\n')[0]).toContain(String(status))
      expect(reply).toContain(`"code":"${code}"`)
    }
  })

  test('a 50 MB body is refused by its announced length, before it arrives', async () => {
    const { root, token } = await fixture.makeWorkspace()
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    socket.write(
      `POST /api${root}/jobs/run/p/u/a/b HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 52428800\r\n\r\n{`,
    )
    // The connection stays, so that the client may go on writing and then read this.
    const reply = String((await once(socket, 'data'))[0])
    socket.destroy()
    expect(reply).toContain(' 413 ')
    expect(reply).toContain('request.too_large')
  })

  test('the client follows a job of the real server to its end', async () => {
    const place = await fixture.makeWorkspace()
    await fixture.work([place.workspace], (_job, { log }) => {
      log.write('hello\n')
      return { status: 'success', resultJson: '{"a":1}' }
    })
    const client = createClient({ baseUrl: base, token: place.token })
    const { workspace } = place
    const body = { content: 'echo', language: 'bash', tag: workspace }
    const id = await client.jobs.runScriptPreview({ workspace, body })
    let log = ''
    const job = await followJob(client, workspace, id, { onUpdate: (update) => (log += update.new_logs ?? '') })
    expect([job.success, job.result, log]).toEqual([true, { a: 1 }, 'hello\n'])
    expect(await client.jobs.listJobs({ workspace })).toHaveLength(1)
  })
})

describe('when the server stops', () => {
  test('streams end with a timeout and waiting requests are answered', async () => {
    const other = await startApi({ WAIT_RESULT_TIMEOUT_S: '600' })
    let isStopped = false
    onTestFinished(async () => {
      if (!isStopped) await other.stop()
    })
    const { root, token } = await other.makeWorkspace()
    const body = { content: 'echo', language: 'bash' }
    const id = (await other.call(`${root}/jobs/run/preview`, { method: 'POST', token, body })).body
    await other.api.start(new AbortController().signal)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const stream = await fetch(`${other.api.url}/api${root}/jobs_u/getupdate_sse/${id}`, { headers })
    const waiting = fetch(`${other.api.url}/api${root}/jobs/run_wait_result/preview`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const path = `${root}/jobs/queue/count`
    while ((await other.call(path, { token })).json().database_length < 2);
    isStopped = true
    const [events, reply] = await Promise.all([stream.text(), waiting, other.stop()])
    expect(events).toContain('data: {"type":"timeout"}\n\n')
    expect(reply.status).toBe(504)
  })
})

test('a connection that was opened and never used does not hold up the stop', async () => {
  const other = await startApi({})
  await other.api.start(new AbortController().signal)
  const socket = connect(Number(new URL(other.api.url ?? '').port), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  // Answered on another connection: the server has taken the first one by then.
  await fetch(`${other.api.url}/api/version`)
  await other.stop()
  await closed
  expect(socket.destroyed).toBe(true)
})

describe('without the database', () => {
  test('health and routes are 503 with retry-after, and say no more', async () => {
    const { root, token } = await fixture.makeWorkspace()
    const db = openDatabase(fixture.db.options)
    const config = readSettings(apiConfig, {}, [])
    const { app } = await createApi({ db, queue: fixture.queue, config, log: silentLogger, leaseMs: 2000 })
    const call = (path: string) => app.inject({ url: `/api${path}`, headers: { authorization: `Bearer ${token}` } })
    expect((await call(`${root}/jobs/list`)).statusCode).toBe(200)
    await closeDatabase(db)
    for (const path of ['/health', `${root}/jobs/list`]) {
      const reply = await call(path)
      expect([path, reply.statusCode, reply.json().code]).toEqual([path, 503, 'server.unavailable'])
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
      expect(reply.body).not.toContain('pool')
    }
    await app.close()
  })
})
