import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'

const PROGRAMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
/** Nothing that calls home, and no sandbox of its own, which it lacks as root. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why there is no browser, for skips. */
export const NO_BROWSER = `none of ${PROGRAMS.join(', ')} is there (Debian: apt-get install chromium)`

/** Starts the Chromium or Chrome of this machine; undefined where there is none. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = PROGRAMS.find((program) => existsSync(program))
  return executablePath === undefined ? undefined : await chromium.launch({ executablePath, args: FLAGS })
}

/** A page in a context of its own, and everything that its console or its scripts complained of. */
export interface WatchedPage {
  readonly page: Page
  readonly complaints: readonly string[]
}

/** Opens a page of 1280 × 800 that forgets everything when it is closed. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  return { page, complaints }
}

/** Replaces the source in the code editor by a paste: what is typed, the editor would indent and close by itself. */
export async function writeCode(page: Page, content: string, name = 'Code of the script'): Promise<void> {
  const editor = page.getByRole('textbox', { name })
  await editor.focus()
  await page.keyboard.press('ControlOrMeta+a')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(content)})`)
  await page.keyboard.press('ControlOrMeta+v')
}

/** Chooses in one of the product's own select boxes. */
export async function choose(page: Page, box: Locator, option: string): Promise<void> {
  await box.click()
  // Some options have a mark before their word, which repeats it.
  await page.getByRole('option', { name: new RegExp(`(^| )${option}$`) }).click()
}
