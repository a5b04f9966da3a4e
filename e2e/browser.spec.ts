import { afterAll, beforeEach, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { deployScript, readSample } from './job-calls.ts'
import { choose, NO_BROWSER, openBrowser, openPage, writeCode, type WatchedPage } from './open-browser.ts'
import { signIn } from './sign-in.ts'
import { startMillrace, WORKSPACE } from './start-millrace.ts'
import { writeScript } from './write-script.ts'

const millrace = await startMillrace()
const browser = await openBrowser()
const languages = (await millrace.client.instance.listLanguages()).filter(({ kind }) => kind === 'process')
const home = `${millrace.url}/w/${WORKSPACE}`

/** One person who stays signed in; every test begins at an address of its own. */
let signedIn: WatchedPage | undefined

afterAll(async () => {
  await browser?.close()
  await millrace.stop()
})
beforeEach(({ skip }) => skip(browser === undefined, NO_BROWSER))

/** A page of nobody. */
async function freshPage(options = {}): Promise<WatchedPage> {
  if (!browser) throw new Error(NO_BROWSER)
  const watched = await openPage(browser, options)
  watched.page.setDefaultTimeout(15_000)
  return watched
}

async function openSignedIn(address = home): Promise<Page> {
  if (!signedIn) {
    signedIn = await freshPage()
    await signIn(signedIn.page, millrace)
  }
  await signedIn.page.goto(address)
  return signedIn.page
}

test('the printed link signs in, once', async () => {
  const { page } = await freshPage()
  await page.goto(millrace.loginLink)
  await page.getByRole('button', { name: 'User menu' }).waitFor()
  const { page: other } = await freshPage()
  const reply = await other.goto(millrace.loginLink)
  expect(reply?.status()).toBe(401)
  await other.goto(millrace.url)
  await other.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor()
})

test('a wrong password is refused beside its field, and the right one leads to where one was going', async () => {
  const { page } = await freshPage()
  await page.goto(`${home}/runs`)
  await page.getByLabel('E-mail').fill(millrace.adminEmail)
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('The e-mail address or the password is wrong.').waitFor()
  await page.getByLabel('Password').fill(millrace.adminPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Runs' }).waitFor()
})

test('the form follows the code as it is typed', async () => {
  const page = await openSignedIn(`${home}/new`)
  await writeCode(page, 'export function main(city: string, loud: boolean, size: "small" | "large") {}')
  await page.getByLabel('city', { exact: true }).waitFor()
  await page.getByRole('switch', { name: 'loud' }).waitFor()
  await page.getByRole('combobox', { name: 'size' }).waitFor()
  await writeCode(page, 'export function main() {\n  return 1 +\n}')
  await page
    .getByRole('status')
    .filter({ hasText: /Line \d+/ })
    .waitFor()
})

test('the form follows the code of every language without asking the server', async () => {
  const page = await openSignedIn()
  const asked = await refuse(page, '**/api/scripts/signature')
  await page.goto(`${home}/new`)
  for (const language of languages) await writeScript(page, language)
  for (const language of languages.filter(({ extension }) => extension === '.ts')) {
    await choose(page, page.getByRole('combobox', { name: 'Language' }), language.label)
    await writeCode(page, 'export function main(town: string) {}')
    await page.getByLabel('town', { exact: true }).waitFor()
    await writeCode(page, 'export function main(town: string) {\n  return 1 +\n}')
    await page.getByRole('status').filter({ hasText: 'Line 2' }).waitFor()
    await page.getByLabel('town', { exact: true }).waitFor()
  }
  expect(asked).toEqual([])
  await page.unrouteAll()
})

test('what was set in the schema by hand stays in the form while the code changes', async () => {
  const path = 'u/admin/browser_schema'
  const field = { type: 'string', originalType: 'string', enum: ['small', 'large'] }
  await millrace.client.scripts.createScript({
    workspace: WORKSPACE,
    body: {
      path,
      content: 'export function main(size: string) {}',
      language: 'bun',
      schema: { type: 'object', properties: { size: field }, required: ['size'], order: ['size'] },
    },
  })
  const page = await openSignedIn(`${home}/edit/${path}`)
  await page.getByRole('combobox', { name: 'size' }).waitFor()
  await writeCode(page, 'export function main(count: number, size: string) {}')
  await page.getByLabel('count', { exact: true }).waitFor()
  await page.getByRole('combobox', { name: 'size' }).waitFor()
})

test('the server reads the code for a browser that cannot', async () => {
  const { page } = await freshPage()
  const refused = await refuse(page, '**/*.wasm')
  await signIn(page, millrace)
  await page.goto(`${home}/new`)
  await writeCode(page, 'export function main(city: string) {}')
  await page.getByLabel('city', { exact: true }).waitFor()
  expect(refused.length).toBeGreaterThan(0)
})

test('a required argument that is empty keeps the run from starting, and says so', async () => {
  const { path } = await deployScript(millrace, 'bun', 'export function main(name: string) { return name }')
  const page = await openSignedIn(`${home}/scripts/${path}`)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.locator('[aria-invalid=true]').waitFor()
  expect(page.url()).toContain('/scripts/')
})

test('the log is shown while the script runs, and the run can be cancelled', async () => {
  const endless = await sampleOf('endless', '.sh')
  const { path } = await deployScript(millrace, 'bash', endless)
  const page = await openSignedIn(`${home}/scripts/${path}`)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('log', { name: 'Log' }).getByText('started').waitFor()
  await page.getByRole('button', { name: 'Cancel run' }).click()
  await page.getByText('cancelled', { exact: true }).first().waitFor()
  await page.getByText('Cancelled by').waitFor()
})

test('a run that failed shows its error above its log', async () => {
  const { path } = await deployScript(millrace, 'bun', await sampleOf('failing', '.ts'))
  const page = await openSignedIn(`${home}/scripts/${path}`)
  await page.getByLabel('name', { exact: true }).fill('mill')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const error = page.getByRole('region', { name: 'Result' }).getByText('there is no mill').first()
  await error.waitFor()
  const log = page.getByRole('log', { name: 'Log' })
  await log.getByText('about to fail').waitFor()
  const [above, below] = [await error.boundingBox(), await log.boundingBox()]
  expect(Number(above?.y)).toBeLessThan(Number(below?.y))
})

test('the list of runs is narrowed by state, and a filter is taken away again', async () => {
  const { path } = await deployScript(millrace, 'bash', 'exit 1')
  const { path: other } = await deployScript(millrace, 'bash', 'exit 0')
  for (const each of [path, other])
    await millrace.client.jobs.runWaitResultScriptByPath({ workspace: WORKSPACE, path: each, body: {} })
  const page = await openSignedIn(`${home}/runs`)
  const failed = page.getByRole('link', { name: path })
  const done = page.getByRole('link', { name: other })
  await failed.waitFor()
  await done.waitFor()
  await choose(page, page.getByRole('combobox', { name: 'State' }), 'failed')
  await done.waitFor({ state: 'detached' })
  await failed.waitFor()
  await page.getByRole('button', { name: 'Remove filter state' }).click()
  await done.waitFor()
})

test('a script is found in the list by its path', async () => {
  const { path } = await deployScript(millrace, 'bash', 'echo')
  const { path: other } = await deployScript(millrace, 'bash', 'echo')
  const page = await openSignedIn()
  await page.getByText(other).first().waitFor()
  await page.getByRole('searchbox', { name: 'Search scripts' }).fill(path)
  await page.getByText(other).first().waitFor({ state: 'detached' })
  await page.getByText(path).first().waitFor()
})

test('the palette opens by the keyboard and goes where one chooses', async () => {
  const page = await openSignedIn()
  await page.getByRole('link', { name: 'New script' }).first().waitFor()
  await page.keyboard.press('ControlOrMeta+k')
  await page.getByRole('combobox', { name: 'Go to anything' }).waitFor()
  await page.keyboard.type('Runs')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor()
})

test('the dark theme is chosen in the menu and kept', async () => {
  const page = await openSignedIn()
  const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
  const light = await background()
  await page.getByRole('button', { name: 'User menu' }).click()
  await page.getByRole('menuitem', { name: 'Dark' }).click()
  await expect.poll(background).not.toBe(light)
  const dark = await background()
  await page.reload()
  expect(await background()).toBe(dark)
})

test('a browser that prefers dark gets it', async () => {
  const { page } = await freshPage({ colorScheme: 'dark' })
  await page.goto(millrace.url)
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor()
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
})

test('on a narrow screen nothing is wider than the screen', async () => {
  const { page } = await freshPage({ viewport: { width: 390, height: 800 } })
  await signIn(page, millrace)
  for (const address of [home, `${home}/runs`, `${home}/new`]) {
    await page.goto(address)
    await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
    expect([address, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([address, 390])
  }
})

test('the reference of the API is served and needs nothing from elsewhere', async () => {
  const { page, complaints } = await freshPage()
  const elsewhere: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(millrace.url)) elsewhere.push(request.url())
  })
  await page.goto(`${millrace.url}/api/docs`)
  await page.getByText('run_wait_result').first().waitFor()
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
})

test('nothing complained in the console through all of this', async () => {
  await openSignedIn()
  // Every 401 is one, and being signed out was one before signing in.
  expect(signedIn?.complaints.filter((text) => !text.includes('status of 401'))).toEqual([])
})

test('signing out leads to the sign-in page, also after going back', async () => {
  const page = await openSignedIn()
  await page.getByRole('button', { name: 'User menu' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor()
  await page.goto(`${home}/runs`)
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor()
})

/** Lets no request for such an address through, and notes them. */
async function refuse(page: Page, address: string): Promise<readonly string[]> {
  const refused: string[] = []
  await page.route(address, (route) => {
    refused.push(route.request().url())
    return route.abort()
  })
  return refused
}

async function sampleOf(name: string, extension: string): Promise<string> {
  const language = languages.find((each) => each.extension === extension)
  if (!language) throw new Error(`No language has the extension ${extension}.`)
  return await readSample(name, language)
}
