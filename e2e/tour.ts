import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage } from './open-browser.ts'
import { projectRoot, runCommand, runMillrace } from './run-command.ts'
import { startMillrace, WORKSPACE, type Millrace } from './start-millrace.ts'

const README = join(projectRoot, 'README.md')
const PICTURES = join(projectRoot, 'docs/tour')
/** What a reader has, instead of the port and the secrets of this run. */
const READERS_URL = 'http://localhost:8000'
/** As many languages as a reader wants to see run; the doctor names them all. */
const RUNS_SHOWN = 6

/**
 * Runs the product as the README tells it and puts what came of it there: the pictures below `docs/tour`, and every block
 * of output that follows a `<!-- tour: <name> -->`.
 */
async function main(): Promise<void> {
  const millrace = await startMillrace()
  const blocks = new Map<string, string>()
  try {
    blocks.set('start', plain(millrace, millrace.output().replace(/^[\s\S]*?(?=Millrace \S+ is ready)/, '')))
    await takePictures(millrace)
    for (const [name, text] of await runCommands(millrace)) blocks.set(name, plain(millrace, text))
  } finally {
    await millrace.stop()
  }
  await writeFile(README, fill(await readFile(README, 'utf8'), blocks))
}

/** Signs in, writes the first script, runs it, and keeps how a mail server is reached. */
async function takePictures(millrace: Millrace): Promise<void> {
  const browser = await openBrowser()
  if (!browser) throw new Error(NO_BROWSER)
  const { page } = await openPage(browser, { colorScheme: 'light', reducedMotion: 'reduce' })
  await mkdir(PICTURES, { recursive: true })
  await page.goto(millrace.loginLink)
  await page.getByRole('link', { name: 'New script' }).click()
  await page.getByRole('textbox', { name: 'Path' }).fill('u/admin/hello')
  await page.getByRole('textbox', { name: 'Summary' }).fill('Says hello')
  await page.getByLabel('name', { exact: true }).fill('World')
  await page.getByRole('button', { name: 'Test' }).click()
  await page.getByRole('region', { name: 'Result' }).waitFor()
  await takePicture(page, 'editor')

  await page.getByRole('button', { name: 'Deploy script' }).click()
  await page.getByRole('button', { name: 'Close', includeHidden: true }).click()
  await page.getByLabel('name', { exact: true }).fill('World')
  await page.getByLabel('times', { exact: true }).fill('3')
  await takePicture(page, 'script')

  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await page.getByRole('region', { name: 'Result' }).waitFor()
  await takePicture(page, 'run')

  await keepMailServer(millrace)
  await page.goto(`${millrace.url}/w/${WORKSPACE}/resources?open=f/reports/mail`)
  await page.getByText('u/admin/mail_password').waitFor()
  await takePicture(page, 'resource')
  await browser.close()
}

/** A mail server to reach, its password in a secret variable. */
async function keepMailServer({ client }: Millrace): Promise<void> {
  const path = 'u/admin/mail_password'
  await client.variables.createVariable({ workspace: WORKSPACE, body: { path, value: 'secret', is_secret: true } })
  const value = { host: 'mail.example.com', port: 587, user: 'reports', password: `$var:${path}` }
  const server = { path: 'f/reports/mail', resource_type: 'smtp', value, description: 'Sends the reports' }
  await client.resources.createResource({ workspace: WORKSPACE, body: server })
}

/** The picture, when the fonts are there. */
async function takePicture(page: Page, name: string): Promise<void> {
  await page.evaluate('document.fonts.ready')
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' })
}

/** The commands of the README, each with its output as a terminal shows it. */
async function runCommands(millrace: Millrace): Promise<ReadonlyMap<string, string>> {
  const config = await mkdtemp(join(tmpdir(), 'millrace-tour-'))
  const run = (args: readonly string[], stdin = '') =>
    runMillrace(args, { stdin, env: { XDG_CONFIG_HOME: config, NO_COLOR: '1' } })
  const show = async (args: readonly string[]) => {
    const { stdout, stderr } = await run(args)
    return `$ npx millrace ${args.join(' ')}\n${stderr}${stdout}`
  }
  const login = ['login', millrace.url, '--email', millrace.adminEmail, '--password-stdin']
  await run(login, millrace.adminPassword)
  const languages = await millrace.client.instance.listLanguages()
  const runs: string[] = []
  for (const { extension } of languages.filter(({ kind }) => kind === 'process').slice(0, RUNS_SHOWN))
    runs.push(await show(['run', `./examples/hello${extension}`, '--name', 'World']))
  const shown = new Map([
    ['run', runs.join('\n')],
    ['doctor', await show(['doctor'])],
    ['curl', await callByCurl(millrace)],
  ])
  await rm(config, { recursive: true })
  return shown
}

async function callByCurl(millrace: Millrace): Promise<string> {
  const command = [
    `curl ${millrace.url}/api/w/${WORKSPACE}/jobs/run_wait_result/p/u/admin/hello \\`,
    `    -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"name": "World"}'`,
  ].join('\n')
  const env = { TOKEN: millrace.secret }
  const { stdout, code } = await runCommand('sh', ['-c', command.replace('curl ', 'curl -sS ')], { env })
  if (code !== 0) throw new Error(`curl ended with ${code}`)
  return `$ ${command}\n${stdout}`
}

/** Without what is different in every run, or secret. */
function plain(millrace: Millrace, text: string): string {
  return text
    .replaceAll(millrace.url, READERS_URL)
    .replaceAll(/(login_link\/)\S+/g, '$1…')
    .replaceAll(millrace.adminPassword, '…')
    .replaceAll(projectRoot, '')
    .trimEnd()
}

function fill(readme: string, blocks: ReadonlyMap<string, string>): string {
  return readme.replaceAll(
    /(<!-- tour: (\S+) -->\n\n```\w*\n)[\s\S]*?(```)/g,
    (_, head: string, name: string, tail: string) => {
      const text = blocks.get(name)
      if (text === undefined) throw new Error(`The tour has no output "${name}" that README.md asks for.`)
      return `${head}${text}\n${tail}`
    },
  )
}

await main()
