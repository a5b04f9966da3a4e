import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ApiError } from '@millrace/client'
import { problems, ProblemReply, type ProblemCode } from '@millrace/contracts'
import { afterAll, expect, test } from 'vitest'
import { deployScript, errorOf, follow, runPreview, startPreview, untilLogged } from './job-calls.ts'
import { listProcesses, residentBytes } from './list-processes.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

const MEMORY_MB = 256
const PROCESSES_MAX = 100
const LOG_LENGTH_MAX = 1_000_000
const MB = 1_048_576

const millrace = await startMillrace({
  JOB_MEMORY_MB: String(MEMORY_MB),
  JOB_PROCESSES_MAX: String(PROCESSES_MAX),
  JOB_LOG_LENGTH_MAX: String(LOG_LENGTH_MAX),
})
const { client } = millrace
/** In the command line of every process that must not outlive its job. */
const MARK = `millrace-mark-${randomUUID()}`

afterAll(() => millrace.stop())

test('malformed JSON is refused, and the message names the place', async () => {
  const { path } = await deployScript(millrace, 'bash', 'echo "$1"')
  const { message } = await expectProblem(send(`jobs/run/p/${path}`, '{"name": "World",'), 'request.malformed')
  expect(message).toMatch(/JSON/)
  await expectProblem(send('scripts/create', '{'), 'request.malformed')
  await expectProblem(send('jobs/run/preview', 'content=1&language=2', 'text/csv'), 'request.unsupported_media_type')
})

test('an argument that is no JSON is refused', async () => {
  const { path } = await deployScript(millrace, 'bash', 'echo "$1"')
  await expectProblem(send(`jobs/run/p/${path}`, 'World'), 'request.malformed')
  await expectProblem(get(`jobs/run_wait_result/p/${path}?payload=${btoa('World')}`), 400)
  await expectProblem(get(`jobs/run_wait_result/p/${path}?payload=%00`), 400)
})

test('a field of another type is refused by its name', async () => {
  const { detail } = await expectProblem(
    send('scripts/create', JSON.stringify({ path: 'nowhere', content: 1 })),
    'request.invalid',
  )
  expect(JSON.stringify(detail)).toMatch(/path.*content|content.*path/)
})

test('an unknown language is refused wherever it is named', async () => {
  const code = { language: 'klingon', content: 'nuqneH' }
  const script = { path: 'u/admin/klingon', ...code }
  await expectRefusal(client.scripts.createScript({ workspace: WORKSPACE, body: script }), 'script.unknown_language')
  await expectRefusal(
    client.jobs.runScriptPreview({ workspace: WORKSPACE, body: { ...code, args: {} } }),
    'script.unknown_language',
  )
  await expectRefusal(client.scripts.inferSignature({ body: code }), 'script.unknown_language')
})

test('an unknown path, hash, job, workspace or route is not found', async () => {
  const path = 'u/admin/nobody-wrote-this'
  const hash = '00000000deadbeef'
  await expectRefusal(client.jobs.runScriptByPath({ workspace: WORKSPACE, path }), 'script.not_found')
  await expectRefusal(client.jobs.runWaitResultScriptByHash({ workspace: WORKSPACE, hash }), 'script.not_found')
  await expectRefusal(client.scripts.getScriptByPath({ workspace: WORKSPACE, path }), 'script.not_found')
  await expectRefusal(client.jobs.getJob({ workspace: WORKSPACE, id: randomUUID() }), 'job.not_found')
  await expectRefusal(client.scripts.listScripts({ workspace: 'nowhere' }), 'workspace.not_found')
  await expectProblem(get('no/such/route'), 'route.not_found')
})

test("another workspace's job is not found, whatever is asked of it", async () => {
  const other = `other-${randomUUID().slice(0, 8)}`
  await client.workspaces.createWorkspace({ body: { id: other, name: 'Other' } })
  const id = await startPreview(millrace, { language: 'bash', content: 'echo started; sleep 60' })
  await untilLogged(millrace, id, 'started')
  const input = { workspace: other, id }
  await expectRefusal(client.jobs.getJob(input), 'job.not_found')
  await expectRefusal(client.jobs.getJobLogs(input), 'job.not_found')
  await expectRefusal(client.jobs.getJobArgs(input), 'job.not_found')
  await expectRefusal(client.jobs.getJobUpdates(input), 'job.not_found')
  await expectRefusal(client.jobs.getCompletedJobResult(input), 'job.not_found')
  await expectRefusal(client.jobs.cancelQueuedJob(input), 'job.not_found')
  await client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id })
  expect((await follow(millrace, id)).job.canceled).toBe(true)
})

test('a call without a token, or with a wrong one, is refused', async () => {
  const url = `${millrace.url}/api/w/${WORKSPACE}/scripts/list`
  await expectProblem(fetch(url), 'auth.required')
  await expectProblem(fetch(url, { headers: { authorization: `Bearer ${randomUUID()}` } }), 'auth.required')
})

test('a syntax error is told with its line before the run, and is the error of the run', async () => {
  const content = 'export function main() {\n  return 1 +\n}\n'
  const { error } = await client.scripts.inferSignature({ body: { language: 'bun', content } })
  expect(error?.line).toBeGreaterThanOrEqual(2)
  const { job } = await runPreview(millrace, { language: 'bun', content })
  expect(job.success).toBe(false)
  expect(errorOf(job).name).not.toBe('')
  const { job: inPython } = await runPreview(millrace, { language: 'python3', content: 'def main(:\n  pass\n' })
  expect(errorOf(inPython).name).toBe('SyntaxError')
})

test('bodies of 50 MB are refused with 413, are not kept in memory, and the server goes on', async (context) => {
  const before = residentBytes(millrace.serverPid)
  const body = JSON.stringify({ name: 'x'.repeat(50 * MB) })
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => send('jobs/run/p/u/admin/x', body).then((reply) => reply.status)),
  )
  expect(replies).toEqual(Array(8).fill(413))
  await expectProblem(send('jobs/run/p/u/admin/x', body), 'request.too_large')
  await client.auth.globalWhoami()
  const after = residentBytes(millrace.serverPid)
  context.skip(before === undefined || after === undefined, 'this system does not tell the memory of a process')
  expect(Number(after) - Number(before)).toBeLessThan(200 * MB)
})

test('a script that prints 100 MB has a log that is cut with a note', async () => {
  const before = residentBytes(millrace.serverPid) ?? 0
  const content = 'yes "a line of no interest whatever" | head -n 3000000\necho the-end'
  const { job } = await runPreview(millrace, { language: 'bash', content, timeout: 60 })
  expect(job).toMatchObject({ success: true, result: 'the-end' })
  const log = await client.jobs.getJobLogs({ workspace: WORKSPACE, id: job.id })
  expect(log.length).toBeGreaterThan(LOG_LENGTH_MAX / 2)
  expect(log.length).toBeLessThan(LOG_LENGTH_MAX * 1.1)
  expect(log.slice(-500)).toMatch(/cut|truncated|not kept|left out|limit/i)
  expect((residentBytes(millrace.serverPid) ?? 0) - before).toBeLessThan(300 * MB)
})

test('a script that forks without end is held to its processes, ends in time and leaves none', async () => {
  const content = `echo started\nwhile true; do (exec -a ${MARK} sleep 300) & done`
  const id = await startPreview(millrace, { language: 'bash', content, timeout: 3 })
  await untilLogged(millrace, id, 'started')
  const { job: neighbour } = await runPreview(millrace, { language: 'bash', content: 'echo still here' })
  expect(neighbour.result).toBe('still here')
  expect(listProcesses(MARK).length).toBeLessThanOrEqual(PROCESSES_MAX)
  const { job } = await follow(millrace, id)
  expect(job.success).toBe(false)
  expect(listProcesses(MARK)).toEqual([])
})

test('a script that eats all memory is ended with the limit and its peak in the error', async () => {
  const content = `
    export function main() {
      const kept = []
      for (;;) kept.push(new Uint8Array(16 * 1024 * 1024).fill(1))
    }`
  const { job } = await runPreview(millrace, { language: 'bun', content, timeout: 60 })
  const { name, message } = errorOf(job)
  expect(name).toBe('OutOfMemory')
  expect(message).toContain(`limit of ${MEMORY_MB} MB`)
  expect(message).toMatch(/peak \d+ MB/)
})

test('a script that writes outside its folder cannot, and says so', async () => {
  const name = `millrace-mark-${randomUUID()}`
  const outside = ['/etc', '/usr/bin', '/var', homedir(), millrace.folder, dirname(millrace.folder), tmpdir()]
  for (const folder of ['/etc', '/usr/bin']) {
    const { job } = await runPreview(millrace, { language: 'bash', content: `echo x > ${folder}/${name}` })
    expect(job.success).toBe(false)
    expect(errorOf(job).message).toMatch(/Read-only file system|Permission denied/)
  }
  const content = outside.map((folder) => `echo x > '${join(folder, name)}' || true`).join('\n')
  expect((await runPreview(millrace, { language: 'bash', content })).job.success).toBe(true)
  expect(outside.map((folder) => join(folder, name)).filter((path) => existsSync(path))).toEqual([])
})

test('a script that reads the secrets of the server finds none', async () => {
  const content = `
    cat /proc/1/environ /proc/self/environ ${millrace.folder}/millrace.lock 2>/dev/null | tr '\\0' '\\n'
    ls ${millrace.folder}/postgres 2>&1
    echo done`
  const { log } = await runPreview(millrace, { language: 'bash', content })
  expect(log).toContain('done')
  expect(log).not.toContain(millrace.secret)
  expect(log).not.toContain('PG_VERSION')
  expect(log).not.toContain('"pid"')
})

test.each([
  ['bun', 'export function main() { process.exit(0) }'],
  ['python3', 'import os\ndef main():\n    os._exit(0)'],
])('a script in %s that exits without a result has failed, and is told why', async (language, content) => {
  const { job } = await runPreview(millrace, { language, content })
  expect(job.success).toBe(false)
  expect(errorOf(job).message).toMatch(/before main returned/)
})

test('a script that kills itself has failed by that signal', async () => {
  const { job } = await runPreview(millrace, { language: 'bash', content: 'kill -KILL $$' })
  expect(job.success).toBe(false)
  expect(errorOf(job).message).toContain('SIGKILL')
})

test('what a script leaves in the background ends with it', async () => {
  const content = `(exec -a ${MARK} sleep 300) > /dev/null 2>&1 &\necho left`
  const { job } = await runPreview(millrace, { language: 'bash', content })
  expect(job.result).toBe('left')
  expect(listProcesses(MARK)).toEqual([])
})

test('after all of this a script runs as fast as ever, and nothing waits', async () => {
  const { path } = await deployScript(millrace, 'bash', 'echo "Hello $1"')
  const times: number[] = []
  for (let run = 0; run < 7; run++) {
    const began = performance.now()
    const { status } = await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body: {} })
    times.push(performance.now() - began)
    expect(status).toBe(200)
  }
  const median = times.toSorted((a, b) => a - b)[3]
  expect(median).toBeLessThan(500)
  expect(await client.jobs.getQueueCount({ workspace: WORKSPACE })).toMatchObject({ database_length: 0 })
  expect(listProcesses(MARK)).toEqual([])
})

function send(path: string, body: string, contentType = 'application/json'): Promise<Response> {
  return fetch(`${millrace.url}/api/w/${WORKSPACE}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${millrace.secret}`, 'content-type': contentType },
    body,
  })
}

function get(path: string): Promise<Response> {
  return fetch(`${millrace.url}/api/w/${WORKSPACE}/${path}`, {
    headers: { authorization: `Bearer ${millrace.secret}` },
  })
}

/** Holds a reply against the catalogue: the status of its code, and a sentence. */
async function expectProblem(replying: Promise<Response>, expected: ProblemCode | 400): Promise<ProblemReply> {
  const reply = await replying
  const problem = ProblemReply.parse(await reply.json())
  expect(expected === 400 ? reply.status : problem.code).toBe(expected)
  expect(reply.status).toBe(expected === 400 ? 400 : problems[expected].status)
  expect(problem.message).toMatch(/\w+ \w+/)
  return problem
}

async function expectRefusal(call: Promise<unknown>, code: ProblemCode): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(ApiError.is(error) ? { code: error.code, status: error.status } : error).toEqual({
    code,
    status: problems[code].status,
  })
}
