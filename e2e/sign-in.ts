import { createClient } from '@millrace/client'
import type { Page } from 'playwright-core'
import { runMillrace } from './run-command.ts'
import type { Millrace } from './start-millrace.ts'

/** Signs in by the page where everybody does. */
export async function signIn(page: Page, millrace: Millrace): Promise<void> {
  await page.goto(millrace.url)
  await page.getByLabel('E-mail').fill(millrace.adminEmail)
  await page.getByLabel('Password').fill(millrace.adminPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'User menu' }).waitFor()
}

/** Signs the command line in with a token of the administrator; it keeps that in the folder. */
export async function signInByCommand(millrace: Millrace, folder: string): Promise<void> {
  const { client, url, adminEmail, adminPassword } = millrace
  const session = await client.auth.login({ body: { email: adminEmail, password: adminPassword } })
  const admin = createClient({ baseUrl: url, token: session.trim() })
  const token = await admin.auth.createToken({ body: { label: 'cli' } })
  const options = { env: { XDG_CONFIG_HOME: folder }, stdin: `${token}\n` }
  const { code, stderr } = await runMillrace(['login', url, '--token-stdin'], options)
  if (code !== 0) throw new Error(`Signing in ended with ${code}: ${stderr}`)
}
