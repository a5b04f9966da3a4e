import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage, type WatchedPage } from './open-browser.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const SECRET = 'a-secret-that-nobody-may-read'
const SCRIPT = 'u/admin/connect'

let millrace: Millrace
let browser: Browser | undefined
let watched: WatchedPage
beforeAll(async () => {
  browser = await openBrowser()
  if (!browser) return
  millrace = await startMillrace()
  await millrace.client.scripts.createScript({
    workspace: WORKSPACE,
    body: {
      path: SCRIPT,
      language: 'bash',
      content: 'db="$1"\nkey="$2"\necho "key is $key"\necho "$db"\n',
      schema: {
        properties: {
          db: { type: 'object', format: 'resource-postgresql' },
          key: { type: 'string', password: true },
        },
        required: ['db', 'key'],
        order: ['db', 'key'],
      },
    },
  })
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

async function open(path: string): Promise<Page> {
  await watched.page.goto(`${millrace.url}/w/${WORKSPACE}/${path}`)
  return watched.page
}

function loadVariable(path: string): Promise<string> {
  return millrace.client.variables.getVariableValue({ workspace: WORKSPACE, path })
}

test('a secret is made, refused at its path first, and seen by who asks to see it', async () => {
  const page = await open('variables')
  await page.getByText('There are no variables yet').waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('Path', { exact: true }).fill('u/admin')
  await page.getByLabel('Value').fill(SECRET)
  await page.getByRole('switch', { name: 'Secret' }).click()
  await page.keyboard.press('ControlOrMeta+s')
  await page.getByText('must read u/<user>/<name>').waitFor()
  await expect.poll(() => page.getByLabel('Path', { exact: true }).getAttribute('aria-invalid')).toBe('true')

  await page.getByLabel('Path', { exact: true }).fill('u/admin/key')
  await page.getByRole('button', { name: 'Create variable' }).click()
  await page.getByRole('row', { name: /u\/admin\/key secret/ }).waitFor()
  await page.getByRole('region', { name: 'Variable u/admin/key' }).waitFor()
  expect(new URL(page.url()).searchParams.get('variable')).toBe('u/admin/key')
  expect(await page.content()).not.toContain(SECRET)
  await page.getByRole('button', { name: 'Reveal' }).click()
  await expect.poll(() => page.getByLabel('Value', { exact: true }).inputValue()).toBe(SECRET)
})

test('a secret is renamed, deleted and brought back without its value being sent', async () => {
  await millrace.client.variables.createVariable({
    workspace: WORKSPACE,
    body: { path: 'u/admin/moved', value: SECRET, is_secret: true },
  })
  const page = await open('variables?variable=u/admin/moved')
  await page.getByLabel('Path', { exact: true }).fill('f/team/moved')
  await page.getByText('$var:u/admin/moved').waitFor()
  await page.getByRole('button', { name: 'Save variable' }).click()
  await page.getByRole('region', { name: 'Variable f/team/moved' }).waitFor()
  expect(await loadVariable('f/team/moved')).toBe(SECRET)

  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('link', { name: 'f/team/moved' }).waitFor({ state: 'detached' })
  await expect(loadVariable('f/team/moved')).rejects.toThrow('There is no variable')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('link', { name: 'f/team/moved' }).waitFor()
  expect(await loadVariable('f/team/moved')).toBe(SECRET)
})

test('a run is given a resource that is made for it and a secret, by the keyboard, and its log hides the secret', async () => {
  const page = await open(`scripts/${SCRIPT}`)
  await page.getByRole('combobox', { name: 'db' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('There is no PostgreSQL resource yet.').waitFor()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'New PostgreSQL resource' })
  await dialog.getByLabel('Path').fill('u/admin/db')
  await dialog.getByRole('button', { name: 'Create resource' }).click()
  await dialog.getByText('Give a value.').first().waitFor()
  for (const name of ['host', 'user', 'dbname']) await dialog.getByRole('textbox', { name, exact: true }).fill('mill')
  await dialog.getByRole('button', { name: 'Create resource' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('combobox', { name: 'db' }).getByText('u/admin/db').waitFor()

  await page.getByRole('button', { name: 'Use a variable for key' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'u/admin/key' }).waitFor()
  await page.keyboard.type('admin/key')
  await page.getByRole('option', { name: 'moved' }).waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  const chip = page.getByRole('button', { name: /^key/ }).filter({ hasText: 'u/admin/key' })
  await chip.waitFor()
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toContain('u/admin/key')

  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const log = page.getByRole('log', { name: 'Log' })
  await log.getByText('"host":"mill"').waitFor({ timeout: 60_000 })
  expect(await log.textContent()).toContain('key is')
  expect(await page.content()).not.toContain(SECRET)
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  expect(await millrace.client.jobs.getJobArgs({ workspace: WORKSPACE, id })).toEqual({
    db: '$res:u/admin/db',
    key: '$var:u/admin/key',
  })

  await page.getByRole('link', { name: 'Change inputs' }).click()
  await chip.waitFor()
  await page.getByRole('combobox', { name: 'db' }).getByText('u/admin/db').waitFor()
})

test('what is typed as a reference is text until the field is left', async () => {
  const page = await open(`scripts/${SCRIPT}`)
  const field = page.getByRole('textbox', { name: 'key', exact: true })
  await field.pressSequentially('$var:u/admin/key')
  expect(await field.inputValue()).toBe('$var:u/admin/key')
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Clear key' }).click()
  await field.waitFor()
  expect(await field.inputValue()).toBe('')
})

test('a type is made with the form that its schema gives, and a resource of it by that form and as JSON', async () => {
  const page = await open('resources?tab=types&new=true')
  await page.getByLabel('Name').fill('mill_pond')
  await page.getByLabel('Schema').fill('{"properties": {"depth": ')
  await page.getByRole('button', { name: 'Create type' }).click()
  await page.getByText('This is no JSON').waitFor()
  await page
    .getByLabel('Schema')
    .fill('{"properties": {"depth": {"type": "number"}, "name": {"type": "string"}}, "required": ["depth"]}')
  await page.getByRole('region', { name: 'Preview of the form' }).getByLabel('depth').waitFor()
  await page.getByRole('button', { name: 'Create type' }).click()
  await page.getByRole('region', { name: 'Type mill_pond' }).waitFor()

  await open('resources?new=true')
  await page.getByRole('region', { name: 'New resource' }).getByRole('combobox', { name: 'Type' }).click()
  await page.keyboard.type('pond')
  await page.getByRole('option', { name: 'mill_pond' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByLabel('Path', { exact: true }).fill('u/admin/pond')
  await page.getByRole('button', { name: 'Create resource' }).click()
  await page.getByText('Give a value.').waitFor()
  await page.getByLabel('depth').fill('2.5')
  await page.getByRole('button', { name: 'Create resource' }).click()
  await page.getByRole('region', { name: 'Resource u/admin/pond' }).waitFor()
  await page.getByRole('button', { name: 'Edit as JSON' }).click()
  await page.getByLabel('Value as JSON').fill('{"depth": 3, "name": "$var:u/admin/key"}')
  await page.getByRole('button', { name: 'Edit as form' }).click()
  await page.getByRole('button', { name: 'Clear name' }).waitFor()
  await page.getByRole('button', { name: 'Save resource' }).click()
  const loadValue = () => millrace.client.resources.getResourceValue({ workspace: WORKSPACE, path: 'u/admin/pond' })
  await expect.poll(loadValue).toEqual({ depth: 3, name: '$var:u/admin/key' })
})

test('a list is narrowed by its address, and what is typed into a panel is there after a look elsewhere', async () => {
  const page = await open('resources?type=mill_pond')
  await page.getByRole('row', { name: /u\/admin\/pond/ }).waitFor()
  expect(await page.getByRole('link', { name: 'u/admin/db' }).count()).toBe(0)
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await page.getByLabel('Description').fill('Deep')
  await page.keyboard.press('Escape')
  await page.getByRole('region', { name: 'Resource u/admin/pond' }).waitFor({ state: 'detached' })
  expect(new URL(page.url()).search).toBe('?type=mill_pond')
  await page.getByRole('link', { name: 'u/admin/pond' }).click()
  await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('Deep')
  await page.getByRole('button', { name: 'Discard changes' }).click()
  await expect.poll(() => page.getByLabel('Description').inputValue()).toBe('')
})

test('what is not there says so', async () => {
  const page = await open('variables?variable=u/admin/gone')
  await page.getByRole('alert').getByText('There is no variable u/admin/gone').waitFor()
  await open('variables?q=nothing-has-this')
  await page.getByText('No variable matches.').waitFor()
  expect(await page.getByRole('row').count()).toBe(0)
})

test('on a narrow screen nothing is wider than the screen, and nothing complained', async () => {
  if (!browser) throw new Error(NO_BROWSER)
  const { page, complaints } = await signedIn(browser, { viewport: { width: 390, height: 800 } })
  for (const path of [
    'variables',
    'variables?variable=u/admin/key',
    'resources',
    'resources?open=u/admin/db',
    'resources?tab=types&open=postgresql',
    `scripts/${SCRIPT}`,
  ]) {
    await page.goto(`${millrace.url}/w/${WORKSPACE}/${path}`)
    await page
      .getByRole('heading', { level: path.includes('=') ? 2 : 1 })
      .first()
      .waitFor()
    expect([path, await page.evaluate('document.querySelector("main").scrollWidth')]).toEqual([path, 390])
  }
  // Each 401, and each change or look that was refused, is one.
  const unexpected = [...complaints, ...watched.complaints].filter((text) => !/status of 40[014]/.test(text))
  expect(unexpected).toEqual([])
})
