import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Language } from '@millrace/contracts'
import type { Page } from 'playwright-core'
import { choose, writeCode } from './open-browser.ts'
import { projectRoot } from './run-command.ts'

/** On the page of a new script: chooses the language and replaces its starter by the example, and waits for the form of it. */
export async function writeScript(page: Page, language: Language): Promise<void> {
  await page.getByRole('textbox', { name: 'Code of the script' }).waitFor({ state: 'attached' })
  await choose(page, page.getByRole('combobox', { name: 'Language' }), language.label)
  await writeCode(page, await readFile(join(projectRoot, 'examples', `hello${language.extension}`), 'utf8'))
  await page.getByText('Form up to date').waitFor()
  await page.getByLabel('name', { exact: true }).waitFor()
}
