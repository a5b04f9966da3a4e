import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@millrace/client'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deployScript, errorOf, follow, readSample, runPreview, startPreview, untilLogged } from './job-calls.ts'
import { missingToolchains } from './missing-toolchains.ts'
import { NO_BROWSER, openBrowser, openPage, type WatchedPage } from './open-browser.ts'
import { projectRoot, runMillrace } from './run-command.ts'
import { signIn, signInByCommand } from './sign-in.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'
import { writeScript } from './write-script.ts'

const RUN_MS_MAX = 60_000
const PAGE_MS_MAX = 15_000

// One server for all that every language is tried with: compilers begin with nothing that was kept.
const millrace = await startMillrace()
const { client } = millrace
const browser = await openBrowser()
/** One person who stays signed in. */
let signedIn: WatchedPage | undefined
/** Where the command line keeps its sign-in, instead of the home of whoever runs the tests. */
const config = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
beforeAll(() => signInByCommand(millrace, config))
afterAll(async () => {
  await browser?.close()
  await rm(config, { recursive: true })
  await millrace.stop()
})

const examples = join(projectRoot, 'examples')
const samples = join(projectRoot, 'e2e/samples')
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

  test('by the command line the example runs: the result alone on stdout, the log on stderr, exit code 0', async () => {
    const { stdout, stderr, code } = await run(['run', `./hello${language.extension}`, '--name', 'World'])
    expect(stderr).toContain('Hello World')
    expect(JSON.stringify(JSON.parse(stdout))).toContain('Hello World')
    expect(code).toBe(0)
  })

  test('by the command line a script that fails exits with 1, its error on stdout as JSON and on stderr in words', async () => {
    const file = join(samples, `failing${language.extension}`)
    const { stdout, stderr, code } = await run(['run', file, '--name', 'mill'])
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: expect.any(String), message: expect.any(String) } })
    expect(stderr).toContain('the job failed')
    expect(code).toBe(1)
  })

  test('in the browser a script is written, tested, deployed and run', async ({ skip }) => {
    if (!browser) return skip(NO_BROWSER)
    const page = await openNew()
    await writeScript(page, language)

    await page.getByLabel('name', { exact: true }).fill('World')
    await page.getByRole('button', { name: 'Test' }).click()
    await expectOutput(page)

    const path = `u/admin/browser_${id}`
    await page.getByRole('textbox', { name: 'Path' }).fill(path)
    await page.getByRole('button', { name: 'Deploy script' }).click()
    await page.getByRole('heading', { level: 1, name: path }).waitFor()
    await page.getByLabel('name', { exact: true }).fill('World')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect.poll(() => page.url(), { timeout: PAGE_MS_MAX }).toMatch(/\/runs\/[0-9a-f-]{36}/)
    await expectOutput(page)
    await page.getByText('done', { exact: true }).first().waitFor()
  })
})

test('nothing complained in the console through all of this', ({ skip }) => {
  skip(browser === undefined, NO_BROWSER)
  // Being signed out was one before signing in.
  expect(signedIn?.complaints.filter((text) => !text.includes('status of 401'))).toEqual([])
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

function run(args: readonly string[]) {
  return runMillrace(args, { cwd: examples, env: { XDG_CONFIG_HOME: config } })
}

/** The page of a new script. */
async function openNew(): Promise<Page> {
  if (!browser) throw new Error(NO_BROWSER)
  if (!signedIn) {
    signedIn = await openPage(browser)
    signedIn.page.setDefaultTimeout(PAGE_MS_MAX)
    await signIn(signedIn.page, millrace)
  }
  await signedIn.page.goto(`${millrace.url}/w/${WORKSPACE}/new`)
  return signedIn.page
}

async function expectOutput(page: Page): Promise<void> {
  const log = page.getByRole('log', { name: 'Log' })
  await log.getByText('Hello World').first().waitFor({ timeout: RUN_MS_MAX })
  await page.getByRole('region', { name: 'Result' }).getByText('Hello World').first().waitFor({ timeout: RUN_MS_MAX })
}
