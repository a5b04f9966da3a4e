import { createClient } from '@millrace/client'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { deployScript, errorOf, follow, readSample, runPreview, startPreview, untilLogged } from './job-calls.ts'
import { missingToolchains } from './missing-toolchains.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

const millrace = await startMillrace()
afterAll(() => millrace.stop())
const { client } = millrace
const languages = (await client.instance.listLanguages()).filter(({ kind }) => kind === 'process')
const missing = await missingToolchains()

test('the server knows languages', () => {
  expect(languages.length).toBeGreaterThanOrEqual(4)
})

describe.each(languages)('$label', (language) => {
  const { id, starter } = language
  const args = { name: 'World', times: 2 }

  beforeEach(({ skip }) => {
    const gap = missing.get(language.label)
    skip(gap !== undefined, `${language.label}: ${gap}`)
  })

  test('the starter runs by its path over HTTP with the arguments of the body, and is logged', async () => {
    const { path } = await deployScript(millrace, id, starter)
    const jobId = await client.jobs.runScriptByPath({ workspace: WORKSPACE, path, body: args })
    const { job, log } = await follow(millrace, jobId)
    expect(job).toMatchObject({ success: true, script_path: path, language: id })
    expect(log.match(/Hello World/g)).toHaveLength(2)
    expect(JSON.stringify(job.result)).toContain('Hello World')
    expect(await client.jobs.getJobArgs({ workspace: WORKSPACE, id: jobId })).toEqual(args)
    expect(await client.jobs.getJobLogs({ workspace: WORKSPACE, id: jobId })).toContain('Hello World')
    expect(await client.jobs.getCompletedJobResult({ workspace: WORKSPACE, id: jobId })).toEqual(job.result)
  })

  test('deploying it infers the form', async () => {
    const { path } = await deployScript(millrace, id, starter)
    const { schema } = await client.scripts.getScriptByPath({ workspace: WORKSPACE, path })
    expect(Object.keys(schema?.properties ?? {})).toEqual(['name', 'times'])
    expect(schema?.required).toContain('name')
  })

  test('code runs without being deployed', async () => {
    const { job, log } = await runPreview(millrace, { language: id, content: starter, args })
    expect(job).toMatchObject({ success: true, job_kind: 'preview' })
    expect(log).toContain('Hello World')
  })

  test('a script that fails has an error with a name, a message and where it came from', async () => {
    const content = await readSample('failing', language)
    const { job, log } = await runPreview(millrace, { language: id, content, args: { name: 'mill' } })
    expect(job.success).toBe(false)
    const error = errorOf(job)
    expect(error.name).not.toBe('')
    expect(`${error.message}\n${error.stack}`).toContain('there is no mill')
    expect(log).toContain('about to fail')
  })

  test('a script that never ends is cancelled, and says who did it and why', async () => {
    const jobId = await startPreview(millrace, { language: id, content: await readSample('endless', language) })
    await untilLogged(millrace, jobId, 'started')
    await client.jobs.cancelQueuedJob({ workspace: WORKSPACE, id: jobId, body: { reason: 'enough' } })
    const { job } = await follow(millrace, jobId)
    expect(job).toMatchObject({ success: false, canceled: true, canceled_reason: 'enough' })
    expect(job.canceled_by).toBeTruthy()
  })

  test('a script that never ends is stopped by its time limit', async () => {
    const content = await readSample('endless', language)
    // An interpreter may take longer than a second to its first line on a busy machine.
    for (const timeout of [1, 10]) {
      const { job, log } = await runPreview(millrace, { language: id, content, timeout })
      expect(job.success).toBe(false)
      expect(errorOf(job)).toMatchObject({ name: 'TimeoutError', message: `timed out after ${timeout} s` })
      if (log.includes('started')) return
    }
    expect.fail('it never said that it started')
  })

  test('the token of a job calls the API while the job runs, and is refused afterwards', async () => {
    const content = await readSample('whoami', language)
    const { job } = await runPreview(millrace, { language: id, content })
    expect(job.result).toMatchObject({ status: 200, job: job.id, workspace: WORKSPACE })
    const { token } = Object(job.result) as { readonly token: string }
    const late = createClient({ baseUrl: millrace.url, token })
    await expect(late.auth.globalWhoami()).rejects.toMatchObject({ status: 401 })
  })
})

// What calls promise whatever the language is tried with one.
describe('a call', () => {
  const echo = (word: string) => `name="$1"\necho "${word} $name"`
  const body = { name: 'World' }
  beforeEach(({ skip }) => {
    const gap = missing.get('Bash')
    skip(gap !== undefined, `Bash: ${gap}`)
  })

  test('a version runs by its hash, also when a newer one exists', async () => {
    const { path, hash } = await deployScript(millrace, 'bash', echo('Hello'))
    const newer = { path, language: 'bash', content: echo('Goodbye'), parent_hash: hash }
    await client.scripts.createScript({ workspace: WORKSPACE, body: newer })
    const old = await client.jobs.runWaitResultScriptByHash({ workspace: WORKSPACE, hash, body })
    const latest = await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body })
    expect([old.body, latest.body]).toEqual(['Hello World', 'Goodbye World'])
  })

  test('run_wait_result replies the result itself', async () => {
    const { path } = await deployScript(millrace, 'bash', echo('Hello'))
    const reply = await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
    expect(reply.body).toBe('Hello World')
  })

  test('run_wait_result replies the error with status 500', async () => {
    const { path } = await deployScript(millrace, 'bash', 'exit 3')
    const reply = await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body: {} })
    expect(reply.status).toBe(500)
    expect(reply.body).toMatchObject({ error: { name: expect.any(String), message: expect.any(String) } })
  })
})

test('a script without network reaches nothing, this server included', async ({ skip }) => {
  const gap = missing.get('Bash')
  skip(gap !== undefined, `Bash: ${gap}`)
  const content = `address="\${BASE_INTERNAL_URL#http://}"
{ : >"/dev/tcp/\${address%%:*}/\${address##*:}"; } 2>/dev/null && echo reached || echo alone`
  const results = { host: '', none: '' }
  for (const network of ['host', 'none'] as const) {
    const path = `u/admin/network_${network}`
    await client.scripts.createScript({ workspace: WORKSPACE, body: { path, language: 'bash', content, network } })
    const reply = await client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path, body: {} })
    results[network] = String(reply.body)
    expect((await client.scripts.getScriptByPath({ workspace: WORKSPACE, path })).network).toBe(network)
  }
  expect(results).toEqual({ host: 'reached', none: 'alone' })
})
