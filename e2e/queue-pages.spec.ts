import { Script } from '@millrace/contracts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deployScript, follow, untilLogged } from './job-calls.ts'
import { NO_BROWSER, openBrowser, openPage } from './open-browser.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'

// So long that a run which does not end by itself is still there when one has lost patience.
const millrace = await startMillrace({ WORKER_KILL_GRACE_MS: '15000' })
const browser = await openBrowser()
const { client } = millrace
const home = `${millrace.url}/w/${WORKSPACE}`
const workspace = WORKSPACE

let page: Page
let complaints: readonly string[] = []

beforeAll(async () => {
  if (!browser) return
  const watched = await openPage(browser)
  page = watched.page
  complaints = watched.complaints
  page.setDefaultTimeout(15_000)
  await page.goto(millrace.loginLink)
  await page.getByRole('button', { name: 'User menu' }).waitFor()
})
afterAll(async () => {
  await browser?.close()
  await millrace.stop()
})
beforeEach(({ skip }) => skip(browser === undefined, NO_BROWSER))

/** A script that no worker takes, so that its runs wait. */
async function deployWaiting(): Promise<string> {
  const path = `u/admin/waits_${Date.now()}`
  await client.scripts.createScript({ workspace, body: { path, language: 'bash', content: 'echo', tag: 'nobody' } })
  return path
}

test('waiting runs say why, are selected by keys and clicks, and are cancelled together', async () => {
  const path = await deployWaiting()
  for (let n = 0; n < 4; n++) await client.jobs.runScriptByPath({ workspace, path, body: {} })
  await page.goto(`${home}/runs?path=${path}`)
  await expect.poll(() => page.getByRole('link', { name: 'no worker for nobody' }).count()).toBe(4)

  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await page.getByText('1 selected').waitFor()
  await page
    .getByRole('checkbox', { name: 'Select run' })
    .nth(2)
    .click({ modifiers: ['Shift'] })
  await page.getByText('3 selected').waitFor()
  await page.getByRole('button', { name: 'Cancel runs' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel 3 runs' }).click()
  await page.getByText('Cancelled or told to end: 3 runs.').waitFor()
  await expect.poll(() => page.getByRole('link', { name: 'no worker for nobody' }).count()).toBe(1)

  await page.getByRole('checkbox', { name: 'Select all runs of this page' }).click()
  await page.getByRole('button', { name: 'Run again' }).click()
  await page.getByText('Started 3 runs. 1 not:').waitFor()
  await page.getByText('1 × It has not ended.').waitFor()
  await client.jobQueue.cancelPersistentQueuedJobs({ workspace, path })
})

test('Esc lets the selection go, and all that match are selected across pages', async () => {
  const path = await deployWaiting()
  const body = { kind: 'script', path } as const
  await client.jobs.addBatchJobs({ workspace, n: 60, body })
  await page.goto(`${home}/runs?path=${path}`)
  await page.getByRole('checkbox', { name: 'Select run' }).first().click()
  await page.getByRole('button', { name: 'Select all that match' }).click()
  await page.getByText('60 selected').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('60 selected').waitFor({ state: 'detached' })
  expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0)
  await client.jobQueue.cancelPersistentQueuedJobs({ workspace, path })
})

test('a scheduled run is begun now', async () => {
  const { path } = await deployScript(millrace, 'bash', 'echo at last')
  const query = { scheduled_in_secs: 3600 }
  const id = await client.jobs.runScriptByPath({ workspace, path, query, body: {} })
  await page.goto(`${home}/runs/${id}`)
  await page.getByText(/^It is due in/).waitFor()
  await page.getByRole('button', { name: 'Run now' }).click()
  await page.getByRole('log', { name: 'Log' }).getByText('at last').waitFor()
  expect((await follow(millrace, id)).job.success).toBe(true)
})

test('a run that waits for a key leads to the one that holds it, which is cancelled step by step and then by force', async () => {
  const path = `u/admin/stubborn_${Date.now()}`
  const content = `export async function main() {
    process.on('SIGTERM', () => console.log('no'))
    console.log('started')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  }`
  const options = { concurrent_limit: 1, concurrency_key: path }
  await client.scripts.createScript({ workspace, body: { path, language: 'bun', content, ...options } })
  const holder = await client.jobs.runScriptByPath({ workspace, path, body: {} })
  const waits = await client.jobs.runScriptByPath({ workspace, path, body: {} })
  await untilLogged(millrace, holder, 'started')
  await page.goto(`${home}/runs/${waits}`)
  await page.getByText('The one slot of the key').waitFor()
  await client.jobs.cancelQueuedJob({ workspace, id: waits, body: {} })
  await page.getByText('Cancelled by').waitFor()

  await page.goto(`${home}/runs/${holder}`)
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await page.getByRole('list', { name: 'Steps of the cancel' }).getByText('SIGTERM sent').waitFor()
  await page.getByRole('button', { name: 'Force cancel' }).click()
  await page.getByText('cancelled', { exact: true }).first().waitFor()
  expect((await follow(millrace, holder)).job.canceled).toBe(true)
})

test('a debounced run leads to the run that took over, and a retried one says which attempt it was', async () => {
  const path = `u/admin/debounced_${Date.now()}`
  const retry = { constant: { attempts: 1, seconds: 0 } }
  const options = { debounce_delay_s: 1, debounce_key: path, retry }
  await client.scripts.createScript({ workspace, body: { path, language: 'bash', content: 'exit 3', ...options } })
  const [first, last] = [
    await client.jobs.runScriptByPath({ workspace, path, body: {} }),
    await client.jobs.runScriptByPath({ workspace, path, body: {} }),
  ]
  const { job } = await follow(millrace, last)
  expect(job.attempt).toBe(2)
  await page.goto(`${home}/runs/${first}`)
  await page.getByRole('link', { name: 'Open the run that did' }).click()
  await page.waitForURL(`**/runs/${last}`)
  await page.getByText('attempt 2 of 2').waitFor()
})

test('settings are typed, judged at their field, deployed, and leave other options as they are', async () => {
  const path = `u/admin/set_${Date.now()}`
  const options = { labels: ['nightly'], envs: ['A=1'], timeout: 60 }
  await client.scripts.createScript({ workspace, body: { path, language: 'bash', content: 'echo', ...options } })
  await page.goto(`${home}/edit/${path}`)
  await page.getByRole('button', { name: 'Timeout 1 min' }).click()
  await page.getByLabel('Timeout').fill('')
  const concurrency = page.getByRole('group', { name: 'Concurrency' })
  await concurrency.getByLabel('Key').fill('$workspace/mail')
  await page.getByRole('button', { name: 'Deploy script' }).click()
  await concurrency.getByText('It does nothing without a limit').waitFor()
  await concurrency.getByLabel('Limit').fill('2')
  const retry = page.getByRole('group', { name: 'Retry' })
  await retry.getByLabel('Exponential attempts').fill('3')
  await retry.getByLabel('Multiplier').fill('1')
  await retry.getByLabel('Base').fill('10')
  await retry.getByText('10 s, 1 min 40 s, 16 min 40 s').waitFor()
  await page.getByRole('button', { name: 'Deploy script' }).click()
  await page.getByRole('heading', { level: 1, name: path, exact: true }).waitFor()
  const script = Script.parse(await client.scripts.getScriptByPath({ workspace, path }))
  expect(script).toMatchObject({
    labels: ['nightly'],
    envs: ['A=1'],
    concurrent_limit: 2,
    concurrency_key: '$workspace/mail',
    retry: { exponential: { attempts: 3, multiplier: 1, seconds: 10 } },
  })
  expect(script).not.toHaveProperty('timeout')
})

test('on a narrow screen nothing is wider than the screen', async () => {
  const path = `f/x/${'long_name_'.repeat(20)}`
  await client.scripts.createScript({ workspace, body: { path, language: 'bash', content: 'echo', tag: 'nobody' } })
  const id = await client.jobs.runScriptByPath({ workspace, path, body: {} })
  await page.setViewportSize({ width: 390, height: 800 })
  for (const address of [`${home}/runs?path=${path}`, `${home}/runs/${id}`, `${home}/edit/${path}`]) {
    await page.goto(address)
    await page
      .getByText(/nobody/i)
      .first()
      .waitFor()
    expect([address, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([address, 390])
  }
  expect(complaints.filter((text) => !text.includes('status of 401'))).toEqual([])
})
