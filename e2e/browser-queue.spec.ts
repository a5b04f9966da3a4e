import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage, type WatchedPage } from './open-browser.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const TAG = 'nobody-takes-this'

let millrace: Millrace
let browser: Browser | undefined
let watched: WatchedPage
beforeAll(async () => {
  browser = await openBrowser()
  if (!browser) return
  millrace = await startMillrace()
  await millrace.client.jobs.addBatchJobs({ workspace: WORKSPACE, n: 12, body: { kind: 'noop', tag: TAG } })
  watched = await signedIn(browser)
})
afterAll(async () => {
  await browser?.close()
  if (browser) await millrace.stop()
})
beforeEach(({ skip }) => skip(browser === undefined, NO_BROWSER))

async function signedIn(within: Browser, options = {}): Promise<WatchedPage> {
  const fresh = await openPage(within, options)
  fresh.page.setDefaultTimeout(15_000)
  await fresh.page.goto(millrace.url)
  await fresh.page.getByLabel('E-mail').fill(millrace.adminEmail)
  await fresh.page.getByLabel('Password').fill(millrace.adminPassword)
  await fresh.page.getByRole('button', { name: 'Sign in' }).click()
  await fresh.page.getByRole('button', { name: 'User menu' }).waitFor()
  return fresh
}

async function open(address: string): Promise<Page> {
  await watched.page.goto(`${millrace.url}${address}`)
  return watched.page
}

function loadConfig(group: string) {
  return millrace.client.workerGroups.getConfig({ name: `worker__${group}` })
}

test('a tag that no worker takes says so and what to do, and opens by the keyboard', async () => {
  const page = await open('/queue')
  const row = page.getByRole('row', { name: TAG })
  await row.getByText('none').waitFor()
  expect(await row.getByRole('cell').nth(1).textContent()).toBe('12')
  await page.getByRole('alert').getByText(`No live worker takes ${TAG}.`).waitFor()

  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  const panel = page.getByRole('region', { name: `Tag ${TAG}` })
  await panel.getByText('No live worker takes this tag.').waitFor()
  await panel.getByRole('row', { name: new RegExp(`^${WORKSPACE} 12 0 100 %`) }).waitFor()
  expect(new URL(page.url()).searchParams.get('tag')).toBe(TAG)
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'detached' })
  expect(new URL(page.url()).search).toBe('')
})

test('of many tags the last one opens in view', async () => {
  const tags = Array.from({ length: 40 }, (_, index) => `team-${String(index).padStart(2, '0')}`)
  for (const tag of tags)
    await millrace.client.jobs.addBatchJobs({ workspace: WORKSPACE, n: 1, body: { kind: 'noop', tag } })
  const page = await open(`/w/${WORKSPACE}/queue`)
  await page
    .getByRole('alert')
    .getByText(/ and \d+ more\.$/)
    .waitFor()
  await page.getByRole('link', { name: 'team-39' }).click()
  const heading = page.getByRole('heading', { name: 'team-39' })
  await heading.waitFor()
  const box = await heading.boundingBox()
  expect(Number(box?.y)).toBeGreaterThan(0)
  expect(Number(box?.y)).toBeLessThan(200)
})

test('the weight of a workspace is changed in its place, refused beside it, and taken back', async () => {
  const page = await open(`/w/${WORKSPACE}/queue?tag=${TAG}`)
  await page.getByRole('button', { name: `Weight of ${WORKSPACE}: 1.` }).click()
  const field = page.getByRole('textbox', { name: `Weight of ${WORKSPACE}` })
  await field.fill('1000')
  await field.press('Enter')
  await page.getByRole('alert').getByText('100', { exact: false }).waitFor()
  await field.fill('4')
  await field.press('Enter')
  await page.getByRole('button', { name: `Weight of ${WORKSPACE}: 4.` }).waitFor()
  expect(await millrace.client.workspaces.getQueueWeight({ workspace: WORKSPACE })).toEqual({ weight: 4 })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: `Weight of ${WORKSPACE}: 1.` }).waitFor()
})

test('a group is made, refused at the field that is wrong, deleted, and brought back', async () => {
  const page = await open('/workers')
  await page.getByRole('link', { name: 'New group' }).click()
  await page.getByLabel('Name', { exact: true }).fill('gpu')
  await page.getByLabel('Tags', { exact: true }).fill('gpu')
  await page.keyboard.press('Enter')
  await page.getByLabel('Slots').fill('0')
  await page.getByRole('button', { name: 'Add variable' }).click()
  await page.getByLabel('Name of variable 1').fill('1A')
  await page.getByLabel('Value of 1A').fill('x')
  await page.keyboard.press('ControlOrMeta+s')
  await page.getByText('must be letters, digits and _').waitFor()
  await expect.poll(() => page.getByLabel('Slots').getAttribute('aria-invalid')).toBe('true')
  expect(await loadConfig('gpu')).toBeNull()

  await page.getByLabel('Slots').fill('3')
  await page.getByLabel('Name of 1A').fill('A1')
  await page.getByLabel('Workers at most').fill('6')
  await page.getByRole('button', { name: 'Save group' }).click()
  await page.getByRole('heading', { name: 'gpu', exact: true }).waitFor()
  const config = { worker_tags: ['gpu'], slots: 3, env_vars_static: { A1: 'x' }, autoscaling: { max_workers: 6 } }
  expect(await loadConfig('gpu')).toEqual(config)

  await page.getByRole('link', { name: 'Edit group gpu' }).click()
  await page.getByRole('button', { name: 'Delete group' }).click()
  await page.getByRole('heading', { name: 'gpu', exact: true }).waitFor({ state: 'detached' })
  expect(await loadConfig('gpu')).toBeNull()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('heading', { name: 'gpu', exact: true }).waitFor()
  expect(await loadConfig('gpu')).toEqual(config)
})

test('what is typed into a group is there after a look at another page', async () => {
  const page = await open(`/w/${WORKSPACE}/worker-groups/default`)
  await page.getByLabel('Slots').fill('7')
  await page.getByRole('link', { name: 'Queue' }).click()
  await page.getByRole('heading', { name: 'Queue' }).waitFor()
  await page.goBack()
  await expect.poll(() => page.getByLabel('Slots').inputValue()).toBe('7')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await expect.poll(() => page.getByLabel('Slots').inputValue()).toBe('')
})

test('live workers are listed by group with why as many are wanted, and custom tags are saved', async () => {
  const page = await open('/workers')
  await page
    .getByRole('table', { name: 'Workers of default' })
    .getByRole('cell', { name: /^0 of \d+$/ })
    .waitFor()
  await page
    .getByText(/what arrives needs .* slots?/)
    .first()
    .waitFor()
  const field = page.getByLabel('Tags that scripts are offered')
  await field.fill('gpu(a')
  await page.getByRole('button', { name: 'Save custom tags' }).click()
  await page.getByText('must read tag, tag(workspace+workspace)').waitFor()
  await page.getByRole('button', { name: 'Remove gpu(a' }).click()
  await field.fill(`gpu(${WORKSPACE})`)
  await page.getByRole('button', { name: 'Save custom tags' }).click()
  await page.getByText('Custom tags saved').waitFor()
  expect(await millrace.client.settings.getGlobal({ key: 'custom_tags' })).toEqual([`gpu(${WORKSPACE})`])
})

test('an address that names a worker points at its row', async () => {
  const [worker] = await millrace.client.workerGroups.listWorkers()
  const page = await open(`/w/${WORKSPACE}/workers?worker=${worker?.worker}`)
  await page.locator('tr[aria-selected=true]').getByText(String(worker?.worker)).waitFor()
  await page.goto(`${millrace.url}/w/${WORKSPACE}/workers?worker=gone`)
  await page.getByText('has not been heard of').waitFor()
  expect(await page.locator('tr[aria-selected=true]').count()).toBe(0)
})

test('on a narrow screen nothing is wider than the screen, and nothing complained', async () => {
  if (!browser) throw new Error(NO_BROWSER)
  const { page, complaints } = await signedIn(browser, { viewport: { width: 390, height: 800 } })
  for (const path of ['queue', `queue?tag=${TAG}`, 'workers', 'worker-groups/default', 'new-worker-group']) {
    await page.goto(`${millrace.url}/w/${WORKSPACE}/${path}`)
    await page
      .getByRole('heading', { level: path.includes('?') ? 2 : 1 })
      .first()
      .waitFor()
    expect([path, await page.evaluate('document.querySelector("main").scrollWidth')]).toEqual([path, 390])
  }
  // Each 401 and each refused change is one.
  const unexpected = [...complaints, ...watched.complaints].filter((text) => !/status of 40[01]/.test(text))
  expect(unexpected).toEqual([])
})
